import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';

/** Codes of `Custom error: N` for errors that the pool finds (subtensor common/src/transaction_error.rs). */
const CODES: Partial<Record<SubtensorError, number>> = {
  AmountTooLow: 1,
  NotEnoughStakeToSetWeights: 1,
  NotEnoughBalanceToStake: 2,
  SubnetNotExists: 3,
  HotKeyAccountNotExists: 4,
  NotEnoughStakeToWithdraw: 5,
  CommittingWeightsTooFast: 6,
  SettingWeightsTooFast: 6,
  NetworkTxRateLimitExceeded: 6,
  HotKeyNotRegisteredInNetwork: 10,
  InvalidIpAddress: 11,
  ServingRateLimitExceeded: 12,
  InvalidPort: 13,
  InvalidRevealRound: 15,
  NoWeightsCommitFound: 16,
  RevealTooEarly: 17,
  InputLengthsUnequal: 18,
  HotKeyNotRegisteredInSubNet: 19,
  NonAssociatedColdKey: 25,
};
const BAD_REQUEST = 255;

/** The code that the pool answers with for an error, or undefined for none. */
export function customErrorCode(error: SubtensorError | undefined): number | undefined {
  return error === undefined ? undefined : (CODES[error] ?? BAD_REQUEST);
}
