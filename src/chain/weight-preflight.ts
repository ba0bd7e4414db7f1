import { type FailedSubmission, refusal } from './submission.js';

/** What the chain will check when weights are set, read at the head (subtensor subnets/weights.rs). */
export interface WeightRules {
  readonly head: number;
  /** The signer's uid on the subnet; undefined when it is not registered. */
  readonly uid: number | undefined;
  /** Block of the uid's last update; 0 when there was none. */
  readonly lastUpdate: number;
  readonly rateLimit: number;
  readonly versionKey: bigint;
  readonly minAllowed: number;
  readonly neurons: number;
}

/** The refusal that the chain would answer with, before a fee of time is paid for it; undefined when none is seen. */
export function weightRefusal(
  rules: WeightRules,
  weights: { uids: readonly number[]; values: readonly number[]; versionKey: bigint },
): FailedSubmission | undefined {
  const { uids, values, versionKey } = weights;
  if (rules.uid === undefined) {
    return refusal('rejected', 'HotKeyNotRegisteredInSubNet', 'the hotkey is not registered on the subnet');
  }
  if (uids.length !== values.length) {
    return refusal('rejected', 'WeightVecNotEqualSize', `${uids.length} uids but ${values.length} values`);
  }
  if (!values.some((value) => value > 0)) {
    return refusal(
      'rejected',
      'AllZeroWeights',
      'every weight is zero: the chain would take it, nobody would be paid',
    );
  }
  if (rules.versionKey !== 0n && versionKey < rules.versionKey) {
    const detail = `the subnet wants version key ${rules.versionKey}, ours is ${versionKey}: update HealthTensor`;
    return refusal('rejected', 'IncorrectWeightVersionKey', detail);
  }
  const selfWeight = uids.length === 1 && uids[0] === rules.uid;
  const least = Math.min(rules.minAllowed, rules.neurons);
  if (!selfWeight && uids.length < least) {
    const detail = `the subnet wants weights for at least ${least} uids, these are for ${uids.length}`;
    return refusal('rejected', 'WeightVecLengthIsLow', detail);
  }
  // The extrinsic is executed in the block after the head at the earliest.
  const wait = rules.lastUpdate === 0 ? 0 : rules.rateLimit - (rules.head + 1 - rules.lastUpdate);
  if (wait > 0) {
    const detail = `${wait} ${wait === 1 ? 'block' : 'blocks'} to wait: weights may be set every ${rules.rateLimit} blocks, the last time was block ${rules.lastUpdate}`;
    return { ...refusal('rejected', 'SettingWeightsTooFast', detail), retryAfterBlocks: wait };
  }
  return undefined;
}
