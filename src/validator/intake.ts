import { HealthTensorError, messageOf, type Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';
import { type Claim, claimsOf, judgeCopies } from './copies.js';
import { type Fetched, fetchModels, type FetchingOptions } from './fetching.js';
import type { KeptCode } from './kept-codes.js';
import type { ModelEvaluator } from './model-evaluator.js';
import { type Entry, modelIdentity } from './model-identity.js';
import type { StoredModel } from './model-store.js';
import { readOnce } from './read-once.js';
import type { Waiting } from './report.js';
import type { Store } from './store.js';
import type { Submission } from './submission-store.js';
import { VERDICTS_OF_BYTES } from './verdicts-of-bytes.js';

/** A miner with a model that may race. */
export interface Racer {
  /** The newest commitment. */
  readonly candidate: Candidate;
  readonly entry: Entry;
  /** The model that earned before, if it is another; it stands in while `entry` has no evidence. */
  readonly older?: Entry;
  /** Whether either of them is the model that earned when this registration was last judged. */
  readonly hasEarned: boolean;
  /** Set when `entry` is the older model already. */
  readonly waiting?: Waiting;
}

/** What the round knows of its candidates before anything is evaluated. */
export interface Intake {
  readonly racers: readonly Racer[];
  readonly refused: readonly { candidate: Candidate; rejection: Rejection; entry?: Entry }[];
  /** Not judged, and without an older model that earns. */
  readonly kept: readonly { candidate: Candidate; code: KeptCode; reason: string }[];
  readonly claims: readonly Claim[];
  /** Models that were fetched for this, by model id. */
  readonly files: Map<string, StoredModel>;
}

export interface IntakeContext extends FetchingOptions {
  readonly store: Pick<Store, 'submissions' | 'entry' | 'claims'>;
  readonly evaluator: Pick<ModelEvaluator, 'inspect'>;
}

/** Blocks (five minutes) between two commitments of a hotkey that are looked at: each costs a download and an evaluation. */
export const NEW_MODEL_BLOCKS = 25;
// Blocks (an hour) after which a commitment that was refused is looked at again: the hub may have been at fault.
const RECHECK_BLOCKS = 300;

type Known =
  | { readonly kind: 'known'; readonly candidate: Candidate; readonly outcome: Submission }
  | {
      readonly kind: 'kept';
      readonly candidate: Candidate;
      readonly code: KeptCode;
      readonly reason: string;
    };

/**
 * Finds out what each commitment holds: from memory, or by fetching and reading the model; then who holds whose weights.
 * A commitment that cannot be judged yet leaves its owner's older model in the race.
 * @throws only the signal's reason
 */
export async function takeIn(
  candidates: { readonly drawn: readonly Candidate[]; readonly notDrawn: readonly Candidate[] },
  o: IntakeContext,
): Promise<Intake> {
  const files = new Map<string, StoredModel>();
  const known: Known[] = [];
  const unknown: Candidate[] = [];
  const notDrawn = new Set(candidates.notDrawn);
  for (const candidate of [...candidates.drawn, ...candidates.notDrawn]) {
    const remembered = recall(candidate, o);
    if (remembered !== undefined) known.push({ kind: 'known', candidate, outcome: remembered });
    else if (notDrawn.has(candidate)) known.push(kept(candidate, 'NOT_DRAWN', 'not drawn this round'));
    else if (isTooSoon(candidate, o)) {
      known.push(kept(candidate, 'TOO_SOON', `one commitment in ${NEW_MODEL_BLOCKS} blocks is looked at`));
    } else unknown.push(candidate);
  }
  const reading = { ...o, evaluator: { inspect: readOnce((file) => o.evaluator.inspect(file)) } };
  for (const fetched of await fetchModels(unknown, o)) known.push(await learn(fetched, files, reading));
  return { ...judgeClaims(known, o), files };
}

function recall(candidate: Candidate, { store, block }: IntakeContext): Submission | undefined {
  const found = store.submissions.find(candidate);
  if (found === undefined || found.outcome.ok) return found?.outcome;
  return block - found.block < RECHECK_BLOCKS ? found.outcome : undefined;
}

/** Whether the hotkey commits faster than its models are looked at. */
function isTooSoon(candidate: Candidate, { store, block }: IntakeContext): boolean {
  if (store.submissions.find(candidate) !== undefined) return false;
  const newest = store.submissions.newestBlock(candidate.hotkey);
  return newest !== undefined && block - newest < NEW_MODEL_BLOCKS;
}

async function learn(fetched: Fetched, files: Map<string, StoredModel>, o: IntakeContext): Promise<Known> {
  const { candidate } = fetched;
  if (fetched.kind === 'kept') {
    return kept(candidate, fetched.code, fetched.reason);
  }
  const remember = (outcome: Submission): Known => {
    if (outcome.ok || VERDICTS_OF_BYTES.has(outcome.code))
      o.store.submissions.record(candidate, outcome, o.block);
    return { kind: 'known', candidate, outcome };
  };
  if (fetched.kind === 'refused') return remember(fetched.rejection);
  const { spec, weightsPath, weightsSha256 } = fetched.model;
  try {
    const inspected = await o.evaluator.inspect({ spec, weightsPath });
    if (!inspected.ok) return remember(inspected);
    const identity = modelIdentity({
      spec,
      weightsSha256,
      tensorDigest: inspected.tensorDigest,
      backboneDigest: inspected.backboneDigest,
    });
    files.set(identity.modelId, fetched.model);
    return remember({ ok: true, ...identity });
  } catch (error) {
    o.signal?.throwIfAborted();
    if (!(error instanceof HealthTensorError)) throw error;
    return kept(candidate, 'NOT_EVALUATED', `reading the weights failed here: ${messageOf(error)}`);
  }
}

/** Sets copies aside, and older models in the place of those that are not known yet. */
function judgeClaims(known: readonly Known[], { store }: IntakeContext): Omit<Intake, 'files'> {
  const models = known.flatMap((one) =>
    one.kind === 'known' && one.outcome.ok ? [{ candidate: one.candidate, model: one.outcome }] : [],
  );
  const claimants = models.map(({ candidate: { hotkey, commitBlock }, model }) => ({
    hotkey,
    commitBlock: store.submissions.firstCommitBlock(hotkey, model.modelId) ?? commitBlock,
    weightsSha256: model.weightsSha256,
    tensorDigest: model.tensorDigest,
  }));
  const { claims, copies } = judgeCopies(store.claims(claimants.flatMap(claimsOf)), claimants);
  const intake = {
    racers: [] as Racer[],
    refused: [] as Intake['refused'][number][],
    kept: [] as Intake['kept'][number][],
  };
  for (const one of known) {
    const { candidate } = one;
    const older = olderEntry(candidate, claims, store);
    if (one.kind === 'kept') {
      if (older === undefined) intake.kept.push(one);
      else intake.racers.push({ candidate, entry: older, hasEarned: true, waiting: waitingOf(one) });
      continue;
    }
    const { outcome } = one;
    const rejection = outcome.ok ? copies.get(candidate.hotkey) : outcome;
    const entry = outcome.ok ? entryOf(candidate, outcome, store) : undefined;
    if (rejection !== undefined) intake.refused.push({ candidate, rejection, ...(entry && { entry }) });
    else if (entry !== undefined) {
      const another = older !== undefined && older.modelId !== entry.modelId;
      intake.racers.push({ candidate, entry, hasEarned: older !== undefined, ...(another && { older }) });
    }
  }
  return { ...intake, claims };
}

function entryOf(
  candidate: Candidate,
  model: Submission & { ok: true },
  store: IntakeContext['store'],
): Entry {
  const { repo, revision, digest, hotkey } = candidate;
  const { modelId, weightsSha256, tensorDigest, spec } = model;
  const commitBlock = store.submissions.firstCommitBlock(hotkey, modelId) ?? candidate.commitBlock;
  return { repo, revision, digest, commitBlock, modelId, weightsSha256, tensorDigest, spec };
}

/** The model that earned for this registration before, unless its weights have turned out to be somebody else's. */
function olderEntry(
  candidate: Candidate,
  claims: readonly Claim[],
  store: IntakeContext['store'],
): Entry | undefined {
  const entry = store.entry(candidate);
  if (entry === undefined) return undefined;
  const held = [...store.claims(claimsOf({ ...entry, hotkey: candidate.hotkey })), ...claims].filter(
    ({ kind, digest }) =>
      (kind === 'file' && digest === entry.weightsSha256) ||
      (kind === 'tensors' && digest === entry.tensorDigest),
  );
  // The claims of this round come last and are the newer ones.
  const holders = new Map(held.map(({ kind, hotkey }) => [kind, hotkey]));
  return [...holders.values()].every((hotkey) => hotkey === candidate.hotkey) ? entry : undefined;
}

export function waitingOf(o: { candidate: Candidate; code: KeptCode; reason: string }): Waiting {
  const { repo, revision, commitBlock } = o.candidate;
  return { repo, revision, commitBlock, code: o.code, reason: o.reason };
}

function kept(candidate: Candidate, code: KeptCode, reason: string): Known {
  return { kind: 'kept', candidate, code, reason };
}
