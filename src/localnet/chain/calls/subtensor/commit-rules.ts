import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { CheckContext } from '../call.js';
import { customErrorCode } from './custom-error.js';
import { enoughStake, mechanismExists, withinRateLimit } from './weights.js';

/** Commits of one hotkey that may wait to be revealed. */
export const MAX_UNREVEALED = 10;

/** Which mechanism of which subnet. */
export interface Mechanism {
  readonly netuid: number;
  readonly mecid: number;
}

/** All that the rules for committing weights look at. */
export interface CommitFacts {
  readonly mechanismExists: boolean;
  readonly commitReveal: boolean;
  /** Whether the version that was given is the chain's; true for a call that gives none. */
  readonly versionFits: boolean;
  /** The signer's uid; undefined when it has none on the subnet. */
  readonly uid: number | undefined;
  readonly withinRateLimit: boolean;
  readonly unrevealed: number;
}

/** The first rule that a commit breaks, in the order of subtensor's internal_commit_(timelocked_)weights. */
export function commitError(facts: CommitFacts): SubtensorError | undefined {
  if (!facts.mechanismExists) return 'MechanismDoesNotExist';
  if (!facts.commitReveal) return 'CommitRevealDisabled';
  if (!facts.versionFits) return 'IncorrectCommitRevealVersion';
  if (facts.uid === undefined) return 'HotKeyNotRegisteredInSubNet';
  if (!facts.withinRateLimit) return 'CommittingWeightsTooFast';
  if (facts.unrevealed >= MAX_UNREVEALED) return 'TooManyUnrevealedCommits';
  return undefined;
}

/** The facts of a commit at `block`, but for what each kind of commit knows itself. */
export function commitFacts(
  storage: StorageReader,
  { netuid, mecid }: Mechanism,
  hotkey: Account,
  block: number,
): Omit<CommitFacts, 'versionFits' | 'unrevealed'> {
  const uid = storage.get(SubtensorItems.uids, netuid, hotkey);
  return {
    mechanismExists: mechanismExists(storage, netuid, mecid),
    commitReveal: storage.get(SubtensorItems.commitRevealEnabled, netuid),
    uid,
    withinRateLimit: uid !== undefined && withinRateLimit(storage, { netuid, mecid, uid, block }),
  };
}

/** What the pool refuses first of every call about weights: too little stake (subtensor guards check_weights). */
export function stakeRefusal({ storage }: CheckContext, hotkey: Account, netuid: number): number | undefined {
  return enoughStake(storage, hotkey, netuid) ? undefined : customErrorCode('NotEnoughStakeToSetWeights');
}
