import type { AdminUtilsError } from '../metadata/pallets/admin-utils.js';
import type { SubtensorError } from '../metadata/pallets/subtensor-errors.js';

/** The errors that the chain's calls end with: a pallet's own, or one of the runtime's. */
export type DispatchErrorName =
  | { readonly pallet: 'SubtensorModule'; readonly name: SubtensorError }
  | {
      readonly pallet: 'Commitments';
      readonly name: 'AccountNotAllowedCommit' | 'TooManyFieldsInCommitmentInfo' | 'SpaceLimitExceeded';
    }
  | { readonly pallet: 'Drand'; readonly name: 'PulseVerificationError' | 'InvalidRoundNumber' }
  | { readonly pallet: 'AdminUtils'; readonly name: AdminUtilsError }
  | {
      readonly pallet: 'Balances';
      readonly name: 'InsufficientBalance' | 'Expendability' | 'ExistentialDeposit';
    }
  | { readonly token: 'FundsUnavailable' | 'BelowMinimum' | 'NotExpendable' }
  | { readonly other: 'BadOrigin' | 'CannotLookup' | 'Other' };

/** Ends a call: everything it wrote is undone and the block carries ExtrinsicFailed with this error. */
export class DispatchFailure extends Error {
  readonly error: DispatchErrorName;

  constructor(error: DispatchErrorName) {
    super('pallet' in error ? `${error.pallet}.${error.name}` : 'token' in error ? error.token : error.other);
    this.name = 'DispatchFailure';
    this.error = error;
  }
}

/** Fails the call with an error of SubtensorModule when a rule names one. */
export function ensureSubtensor(name: SubtensorError | undefined): void {
  if (name !== undefined) throw new DispatchFailure({ pallet: 'SubtensorModule', name });
}
