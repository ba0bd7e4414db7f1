import { type FailedSubmission, refusal } from './submission.js';

/** What the chain will check when weights are set or revealed, read at the head (subtensor subnets/weights.rs). */
export interface WeightRules {
  readonly head: number;
  readonly netuid: number;
  /** The signer's uid on the subnet; undefined when it is not registered. */
  readonly uid: number | undefined;
  /** The subnet's owner needs neither stake nor permit. */
  readonly isOwner: boolean;
  readonly hasPermit: boolean;
  /** Total stake on the subnet; undefined when nothing asks for it, or the runtime does not tell it. */
  readonly stakeTao: number | undefined;
  readonly stakeThresholdTao: number;
  /** Block of the uid's last update; 0 when there was none. */
  readonly lastUpdate: number;
  readonly rateLimit: number;
  readonly versionKey: bigint;
  readonly minAllowed: number;
  readonly neurons: number;
  readonly commitReveal: boolean;
}

interface Weights {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/**
 * The refusal that the chain would answer with, in the order in which it checks, before a block is spent on it; undefined
 * when none is seen. Commits are held to the rules of their reveal, which the chain breaks off without a word.
 */
export function weightRefusal(rules: WeightRules, weights: Weights): FailedSubmission | undefined {
  for (const check of CHECKS) {
    const found = check(rules, weights);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Check = (rules: WeightRules, weights: Weights) => FailedSubmission | undefined;

const rejected = (name: string, detail: string) => refusal('rejected', name, detail);

const CHECKS: readonly Check[] = [
  ({ netuid }) =>
    netuid === 0
      ? rejected('CanNotSetRootNetworkWeights', 'subnet 0 is the root: it has no weights')
      : undefined,
  (_, { uids, values }) =>
    uids.length === values.length
      ? undefined
      : rejected('WeightVecNotEqualSize', `${uids.length} uids but ${values.length} values`),
  // Ours alone; it stands where the chain would otherwise take them.
  (_, { values }) =>
    values.some((value) => value > 0)
      ? undefined
      : rejected('AllZeroWeights', 'every weight is zero: the chain would take it, nobody would be paid'),
  ({ neurons }, { uids }) =>
    uids.length <= neurons
      ? undefined
      : rejected(
          'UidsLengthExceedUidsInSubNet',
          `${uids.length} weights for the ${neurons} uids of the subnet`,
        ),
  ({ uid }) =>
    uid === undefined
      ? rejected('HotKeyNotRegisteredInSubNet', 'the hotkey is not registered on the subnet')
      : undefined,
  ({ isOwner, stakeTao, stakeThresholdTao }) =>
    isOwner || stakeTao === undefined || stakeTao >= stakeThresholdTao
      ? undefined
      : rejected(
          'NotEnoughStakeToSetWeights',
          `the hotkey has a stake of ${stakeTao} TAO on the subnet, setting weights needs ${stakeThresholdTao}: add stake`,
        ),
  ({ versionKey: wanted }, { versionKey }) =>
    wanted === 0n || versionKey >= wanted
      ? undefined
      : rejected(
          'IncorrectWeightVersionKey',
          `the subnet wants version key ${wanted}, ours is ${versionKey}: update HealthTensor`,
        ),
  tooFast,
  (rules, { uids }) =>
    rules.hasPermit || rules.isOwner || isSelfWeight(rules, uids)
      ? undefined
      : rejected(
          'NeuronNoValidatorPermit',
          'the hotkey has no validator permit: the next epoch gives one to those with the most stake',
        ),
  (_, { uids }) =>
    new Set(uids).size === uids.length ? undefined : rejected('DuplicateUids', 'a uid is given twice'),
  ({ neurons }, { uids }) => {
    const unknown = uids.find((uid) => uid >= neurons);
    return unknown === undefined
      ? undefined
      : rejected('UidVecContainInvalidOne', `uid ${unknown} is none of the ${neurons} of the subnet`);
  },
  (rules, { uids }) => {
    const least = Math.min(rules.minAllowed, rules.neurons);
    return uids.length >= least || isSelfWeight(rules, uids)
      ? undefined
      : rejected(
          'WeightVecLengthIsLow',
          `the subnet wants weights for at least ${least} uids, these are for ${uids.length}`,
        );
  },
];

/** One weight, for oneself: the chain asks neither for a permit nor for a number of weights. */
function isSelfWeight(rules: WeightRules, uids: readonly number[]): boolean {
  return uids.length === 1 && uids[0] === rules.uid;
}

function tooFast({ head, lastUpdate, rateLimit, commitReveal }: WeightRules): FailedSubmission | undefined {
  // The extrinsic is executed in the block after the head at the earliest.
  const wait = lastUpdate === 0 ? 0 : rateLimit - (head + 1 - lastUpdate);
  if (wait <= 0) return undefined;
  const detail =
    `${wait} ${wait === 1 ? 'block' : 'blocks'} to wait: weights may be ${commitReveal ? 'committed' : 'set'} ` +
    `every ${rateLimit} blocks, the last time was block ${lastUpdate}`;
  const name = commitReveal ? 'CommittingWeightsTooFast' : 'SettingWeightsTooFast';
  return { ...rejected(name, detail), retryAfterBlocks: wait };
}
