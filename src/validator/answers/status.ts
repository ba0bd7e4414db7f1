import { modelDigest } from '../../chain/index.js';
import type { Hotkey, Verdict } from '../../common/index.js';
import { type Hub, MODEL_FILES, type RemoteFile } from '../../hub/index.js';
import { GRACE_BLOCKS } from '../grace.js';
import type { Candidate } from '../candidate.js';
import { judgeCommitment } from '../selection.js';
import { answerOf } from './answers.js';
import { type Check, failed, notChecked, passed, refused, warned } from './check.js';
import { explain } from './explain.js';
import { forgeryCheck } from './forgery-check.js';
import type { SignedReport } from './signature.js';
import { type ChainStanding, lookAtRevision, readChainStanding } from './status-facts.js';

const BLOCK_SECONDS = 12;
const START_MINER = 'Start the miner: it goes on where it was.';

/** A model on its way to the public, as the miner's own state tells. */
export interface LocalPublication {
  readonly stage: 'saved' | 'pushed' | 'committed' | 'public';
  readonly epoch: number;
  readonly loss: number;
  readonly revision?: string;
}

/** What the miner's state folder holds of publications. */
export interface LocalPublications {
  readonly queued?: LocalPublication | undefined;
  readonly current?: LocalPublication | undefined;
  readonly published?: LocalPublication | undefined;
}

export interface StatusSources {
  readonly endpoints: readonly string[];
  readonly netuid: number;
  readonly hotkey: Hotkey;
  /** Without a token, as validators ask. */
  readonly hub: Pick<Hub, 'lookUp'>;
  /** Undefined when this machine has no state of the miner. */
  readonly local: LocalPublications | undefined;
  /** A validator's; undefined when none was given. */
  readonly report: SignedReport | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Where a miner's submission stands: on the chain, on the hub as everybody sees it, and in this machine's own state. What
 * cannot be reached is a line of the answer, never an exception.
 * @throws the signal's reason
 */
export async function minerStatus(o: StatusSources): Promise<Check[]> {
  let standing: ChainStanding;
  try {
    standing = await readChainStanding(o);
  } catch (error) {
    o.signal?.throwIfAborted();
    return [
      { ...notChecked('chain', error), level: 'failure' },
      ...localChecks(o.local, undefined),
      ...(await reportChecks(o, undefined, undefined)),
    ];
  }
  const submission = submissionOf(standing);
  const candidate = submission !== undefined && 'repo' in submission ? submission : undefined;
  return [
    passed('chain', `${standing.endpoint}, block ${standing.block}`),
    registrationCheck(standing),
    ...(submission === undefined ? [] : [commitmentCheck(standing, submission)]),
    ...localChecks(o.local, candidate),
    ...(candidate === undefined ? [] : await repositoryChecks(o, candidate, standing.block)),
    ...(await reportChecks(o, candidate, standing.block)),
    ...(standing.own === undefined ? [] : [weightsCheck(standing)]),
  ];
}

type Submission = ReturnType<typeof judgeCommitment>;

/** What a validator makes of the commitment; undefined for a hotkey that is not registered. */
function submissionOf({ own, commitment }: ChainStanding): Submission | undefined {
  if (own === undefined) return undefined;
  const { uid, hotkey, registrationBlock } = own;
  return judgeCommitment({ uid, hotkey, registrationBlock }, commitment);
}

function registrationCheck({ own, hotkey, netuid }: ChainStanding): Check {
  if (own !== undefined)
    return passed('registration', `${hotkey} has uid ${own.uid} since block ${own.registrationBlock}`);
  return failed(
    'registration',
    'NOT_REGISTERED',
    `${hotkey} is not registered on subnet ${netuid}`,
    `healthtensor register --netuid ${netuid}, with this wallet and network (or btcli subnets register).`,
  );
}

function commitmentCheck({ block }: ChainStanding, submission: Submission): Check {
  if ('rejection' in submission) return refused('commitment', submission.rejection);
  const { repo, revision, commitBlock } = submission;
  return passed('commitment', `${repo} @ ${revision}, committed in ${ago(commitBlock, block)}`);
}

/** Whether what this machine published is what the chain names, and what is still on its way. */
function localChecks(local: LocalPublications | undefined, candidate: Candidate | undefined): Check[] {
  if (local === undefined) return [];
  const { queued, current, published } = local;
  const checks: Check[] = [];
  if (published !== undefined) {
    const what = `epoch ${published.epoch}, validation loss ${published.loss.toFixed(5)}, was published`;
    const named = candidate === undefined || candidate.revision === published.revision;
    checks.push(
      named
        ? passed('published', what)
        : warned(
            'published',
            `${what} as ${published.revision}, but the chain names ${candidate.revision}`,
            'Was it committed by another machine with this hotkey? Otherwise start the miner, which commits it again.',
          ),
    );
  }
  for (const [name, one] of Object.entries({ current, queued })) {
    if (one === undefined) continue;
    const stages = {
      saved: 'is saved, not yet on the hub',
      pushed: 'is on the hub, private, not yet committed',
      committed: 'is committed, the repository not yet open again',
      public: 'is public',
    };
    const text = `epoch ${one.epoch}, validation loss ${one.loss.toFixed(5)}, ${stages[one.stage]}`;
    checks.push(warned(name === 'current' ? 'publishing' : 'queued', text, START_MINER));
  }
  return checks;
}

/** What a validator sees of the repository now, without downloading the weights. */
async function repositoryChecks(o: StatusSources, candidate: Candidate, block: number): Promise<Check[]> {
  const { repo, revision, commitBlock } = candidate;
  let found: Verdict<{ files: RemoteFile[] }>;
  try {
    found = await lookAtRevision(o.hub, { repo, revision, ...(o.signal ? { signal: o.signal } : {}) });
  } catch (error) {
    o.signal?.throwIfAborted();
    return [notChecked('repository', error)];
  }
  if (!found.ok) {
    const patience = commitBlock + GRACE_BLOCKS - block;
    const check = refused('repository', found);
    if (found.code !== 'REPO_UNAVAILABLE' || patience < 0) return [check];
    const text = `${check.text}; validators wait for it until block ${commitBlock + GRACE_BLOCKS}`;
    return [{ ...check, level: 'warning', text }];
  }
  const weights = found.files.find(({ path }) => path === MODEL_FILES.weights);
  const files = found.files.map(({ path, size }) => `${path} ${shownBytes(size)}`).join(', ');
  const checks = [passed('repository', `open to everybody: ${files}`)];
  if (weights?.sha256 !== undefined) checks.push(digestCheck(candidate, weights.sha256));
  return checks;
}

function digestCheck({ hotkey, digest }: Candidate, weightsSha256: string): Check {
  const expected = modelDigest(weightsSha256, hotkey);
  const evidence = { weightsSha256, expectedDigest: expected, committedDigest: digest };
  if (expected === digest)
    return passed('digest', 'the commitment binds these weights to this hotkey', evidence);
  return refused('digest', {
    ok: false,
    code: 'HASH_MISMATCH',
    detail: `weights with SHA-256 ${weightsSha256} do not give ${hotkey} the committed digest`,
    evidence,
  });
}

/** What a validator found when it last looked. */
async function reportChecks(
  { report, hotkey }: Pick<StatusSources, 'report' | 'hotkey'>,
  candidate: Candidate | undefined,
  block: number | undefined,
): Promise<Check[]> {
  if (report === undefined) return [];
  const age = block === undefined ? '' : `, ${block - report.chainBlock} blocks ago`;
  const origin = `round ${report.block} of validator ${report.validator}${age}`;
  const forged = await forgeryCheck(report);
  return [forged ?? verdictCheck(report, hotkey, candidate, origin)];
}

function verdictCheck(
  report: SignedReport,
  hotkey: Hotkey,
  candidate: Candidate | undefined,
  origin: string,
): Check {
  const result = report.results.find((one) => one.hotkey === hotkey);
  if (result === undefined) {
    const remedy = 'Wait for the next round; validators themselves are not judged.';
    return warned('report', `${origin} does not speak of this hotkey`, remedy);
  }
  const it = explain([report], hotkey);
  const score = `score ${it.score.toFixed(4)}, ${(100 * it.share).toFixed(2)} % of all scores`;
  const other =
    candidate === undefined || result.revision === undefined || result.revision === candidate.revision
      ? ''
      : `; it judged ${result.repo} @ ${result.revision}, not the commitment of now`;
  if (result.outcome === 'valid') {
    const place = `place ${(it.rank ?? 0) + 1} of ${it.ranked}, loss ${it.loss?.toFixed(6)}`;
    const text = `${origin}: ${place}, ${score}${other}`;
    const { waiting } = it;
    return waiting === undefined
      ? { ...passed('report', text), code: it.code }
      : {
          ...warned('report', `${text}; ${waiting.code}: ${waiting.reason}`, answerOf(waiting.code).remedy),
          code: waiting.code,
        };
  }
  const level = result.outcome === 'refused' ? 'failure' : 'warning';
  const text = `${origin}: ${it.code}: ${it.detail ?? it.meaning}; ${score}${other}`;
  return {
    check: 'report',
    level,
    code: it.code,
    text,
    remedy: it.remedy,
    ...(it.evidence && { evidence: it.evidence }),
  };
}

function weightsCheck({ own, payers, setters, hyperparameters }: ChainStanding): Check {
  const incentive = `incentive ${(own?.incentive ?? 0).toFixed(5)}, emission ${(own?.emission ?? 0).toFixed(3)} alpha in the last epoch`;
  const { commitRevealEnabled, revealPeriodEpochs, tempo } = hyperparameters;
  const hidden = commitRevealEnabled
    ? `; weights show ${revealPeriodEpochs} epoch(s) of ${tempo} blocks after they are set`
    : '';
  if (payers.length === 0) {
    return warned(
      'weights',
      `none of the ${setters} validators with weights gives any to this uid${hidden}; ${incentive}`,
      'Ask a validator for its report: healthtensor miner status --report FILE tells what it found.',
    );
  }
  const shown = [...payers]
    .sort((a, b) => b.share - a.share)
    .map(({ uid, share }) => `uid ${uid} ${(100 * share).toFixed(2)} %`)
    .join(', ');
  return passed('weights', `${payers.length} of ${setters} validators pay: ${shown}${hidden}; ${incentive}`);
}

function ago(block: number, now: number): string {
  const minutes = ((now - block) * BLOCK_SECONDS) / 60;
  const passedTime = minutes < 120 ? `${minutes.toFixed(0)} minutes` : `${(minutes / 60).toFixed(0)} hours`;
  return `block ${block}, ${now - block} blocks (${passedTime}) ago`;
}

function shownBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
