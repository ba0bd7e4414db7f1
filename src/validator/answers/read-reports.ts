import { readFile, stat } from 'node:fs/promises';
import { HealthTensorError, messageOf, parseDigest, parseRepoId, parseRevision } from '../../common/index.js';
import { type JsonShape, shapeFault } from './json-shape.js';
import { linesFromTheEnd } from './lines-from-the-end.js';
import type { SignedReport } from './signature.js';

/** Of one that was written on several lines. */
const MAX_REPORT_BYTES = 64 * 1024 * 1024;

const MODEL_SHAPE = { repo: 'text', revision: 'text', commitBlock: 'whole' } as const;
const RESULT_SHAPE = {
  uid: 'whole',
  hotkey: 'text',
  registrationBlock: 'whole',
  'repo?': 'text',
  'revision?': 'text',
  'digest?': 'text',
  'commitBlock?': 'whole',
  'weightsSha256?': 'text',
  'tensorDigest?': 'text',
  'modelId?': 'text',
  'architecture?': 'text',
  'waiting?': { ...MODEL_SHAPE, code: 'text', reason: 'text' },
  outcome: 'text',
  'code?': 'text',
  'detail?': 'text',
  'evidence?': 'facts',
  'evaluations?': [{ sample: 'text', precision: 'text', loss: 'number', 'lossesSha256?': 'text' }],
  'loss?': 'number',
  'meanAuroc?': 'number',
  'rank?': 'whole',
  'decision?': {
    behind: 'text',
    decidedBy: 'text',
    'paired?': {
      images: 'whole',
      patients: 'whole',
      difference: 'number',
      standardError: 'number',
      radius: 'number',
    },
  },
  'reward?': 'number',
  previousScore: 'number',
  score: 'number',
} as const satisfies JsonShape;

const REPORT_SHAPE = {
  version: 'whole',
  netuid: 'whole',
  validator: 'text',
  block: 'whole',
  blockHash: 'text',
  chainBlock: 'whole',
  finishedAt: 'text',
  rules: {
    evaluationImages: 'whole',
    movingAverageAlpha: 'number',
    tieMargin: 'number',
    leastDifference: 'number',
    missChance: 'number',
    payout: 'text',
  },
  'data?': { digest: 'text', images: 'whole', patients: 'whole' },
  samples: [{ digest: 'text', images: 'whole', block: 'whole', blockHash: 'text' }],
  results: [RESULT_SHAPE],
  signature: { scheme: 'text', value: 'text' },
} as const satisfies JsonShape;

/**
 * The newest report of a file (report.json, or the last whole line of a reports.jsonl), or that of the round `block`.
 * @throws HealthTensorError REPORT_UNREADABLE, BAD_REPORT, ROUND_UNKNOWN
 */
export async function readReport(path: string, block?: number): Promise<SignedReport> {
  const [newest] = await readReports(path, { limit: 1, ...(block === undefined ? {} : { block }) });
  if (newest !== undefined) return newest;
  const which = block === undefined ? 'no report' : `no report of round ${block}`;
  throw new HealthTensorError('ROUND_UNKNOWN', `There is ${which} in ${path}`, {
    remedy:
      block === undefined
        ? 'Has the validator finished a round?'
        : 'Leave --round out for the newest, or look into reports.jsonl.1.',
  });
}

/**
 * Up to `limit` reports of a file, the newest first. Lines that a crash left half-written are passed over.
 * @throws HealthTensorError REPORT_UNREADABLE, BAD_REPORT when there are lines and none of them is a report
 */
export async function readReports(
  path: string,
  o: { limit: number; block?: number },
): Promise<SignedReport[]> {
  const found: SignedReport[] = [];
  let sound = false;
  let fault: string | undefined;
  try {
    for await (const line of linesFromTheEnd(path)) {
      const report = parseReport(line);
      sound ||= typeof report !== 'string';
      if (typeof report === 'string') fault ??= report;
      else if (o.block === undefined || report.block === o.block) found.push(report);
      if (found.length === o.limit) return found;
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (sound || fault === undefined) return found;
  const whole = await wholeReport(path); // one that was written on several lines
  if (whole !== undefined) return o.block === undefined || whole.block === o.block ? [whole] : [];
  throw new HealthTensorError('BAD_REPORT', `${path} holds no report of a round: ${fault}`, {
    remedy: "Give a validator's report.json or reports.jsonl, as its state folder has them.",
  });
}

function unreadable(path: string, error: unknown): HealthTensorError {
  if (error instanceof HealthTensorError) return error;
  return new HealthTensorError('REPORT_UNREADABLE', `Cannot read the report ${path}: ${messageOf(error)}`, {
    remedy:
      "Give a validator's report.json or reports.jsonl with --report, or the wallet, netuid and state folder of one that has run here.",
    cause: error,
  });
}

/** A report of a text, whoever wrote it; else what is wrong with it. */
export function parseReport(text: string): SignedReport | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return messageOf(error);
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (Number.isInteger(version) && version !== 2)
    return `it is of version ${String(version)}, this program reads version 2`;
  return shapeFault(value, REPORT_SHAPE) ?? wordFault(value as SignedReport) ?? (value as SignedReport);
}

/** Texts that are more than texts: what becomes part of an address or chooses between ways. */
function wordFault({ results }: SignedReport): string | undefined {
  for (const { uid, outcome, repo, revision, digest, evaluations } of results) {
    if (!['valid', 'refused', 'kept'].includes(outcome)) return `uid ${uid} has no outcome that there is`;
    if (repo !== undefined && parseRepoId(repo) === undefined) return `uid ${uid} names no repository`;
    if (revision !== undefined && parseRevision(revision) === undefined)
      return `uid ${uid} names no revision`;
    if (digest !== undefined && parseDigest(digest) === undefined) return `uid ${uid} names no digest`;
    if (evaluations?.some(({ precision }) => precision !== 'fp32' && precision !== 'bf16'))
      return `uid ${uid} was evaluated in no precision that there is`;
  }
  if (new Set(results.map(({ hotkey }) => hotkey)).size < results.length) return 'a hotkey has two results';
  return undefined;
}

async function wholeReport(path: string): Promise<SignedReport | undefined> {
  if ((await stat(path)).size > MAX_REPORT_BYTES) return undefined;
  const report = parseReport(await readFile(path, 'utf8'));
  return typeof report === 'string' ? undefined : report;
}
