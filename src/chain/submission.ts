/**
 * What became of an extrinsic. `rejected`: the pool refused it, or our own check before sending did; nothing is on
 * chain. `failed`: it is in a block, without effect but for the fee. `timed-out`: its era ended without it, or the
 * chain stood still.
 */
export type SubmissionResult =
  | { readonly ok: true; readonly block: number; readonly blockHash: string; readonly extrinsicHash: string }
  | FailedSubmission;

export interface FailedSubmission {
  readonly ok: false;
  readonly kind: 'rejected' | 'failed' | 'timed-out';
  /** The pallet error's or the pool code's name, as subtensor spells it. */
  readonly name: string;
  readonly detail: string;
  /** The same submission can succeed later without anybody mending anything. */
  readonly retryable: boolean;
  /** When it is known: how many blocks from now until a retry can succeed. */
  readonly retryAfterBlocks?: number;
}

export function refusal(
  kind: FailedSubmission['kind'],
  name: string,
  detail: string,
  retryable = RETRYABLE.has(name),
): FailedSubmission {
  return { ok: false, kind, name, detail, retryable };
}

/** What time alone cures: rate limits, prices that move, a full or busy pool. */
const RETRYABLE: ReadonlySet<string> = new Set([
  'SettingWeightsTooFast',
  'CommittingWeightsTooFast',
  'ServingRateLimitExceeded',
  'RateLimitExceeded',
  'TxRateLimitExceeded',
  'SpaceLimitExceeded',
  'TooManyUnrevealedCommits',
  'NeuronNoValidatorPermit', // permits are given out anew each epoch
  'RegistrationPriceLimitExceeded',
  'TooManyRegistrationsThisBlock',
  'TooManyRegistrationsThisInterval',
  'NoNeuronIdAvailable',
  'AlreadyPending',
  'PoolFull',
  'TemporarilyBanned',
  'Stale',
  'AncientBirthBlock',
  'Future',
  'ExhaustsResources',
]);
