/**
 * What a call that pays costs, in rao: a constant, close to what a small call costs on finney, instead of weights and
 * lengths. A tip comes on top, also for calls that pay no fee.
 */
export const TRANSACTION_FEE_RAO = 125_000n;

/** Fee and tip of a transaction, in rao. */
export function transactionCost(pays: boolean, tip: bigint): bigint {
  return (pays ? TRANSACTION_FEE_RAO : 0n) + tip;
}
