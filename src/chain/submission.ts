import { catalogueEntry } from './error-catalogue.js';

/**
 * What became of an extrinsic. `rejected`: the pool refused it, or our own check before sending did; nothing is on
 * chain. `failed`: it is in a block, without effect but for the fee. `timed-out`: its era ended without it, or the
 * chain stood still.
 */
export type SubmissionResult = IncludedSubmission | FailedSubmission;

export interface IncludedSubmission {
  readonly ok: true;
  readonly block: number;
  readonly blockHash: string;
  readonly extrinsicHash: string;
}

export interface FailedSubmission {
  readonly ok: false;
  readonly kind: 'rejected' | 'failed' | 'timed-out';
  /** The pallet error's or the pool code's name, as subtensor spells it; see ERROR_CATALOGUE. */
  readonly name: string;
  readonly detail: string;
  /** The same submission can succeed later without anybody mending anything. */
  readonly retryable: boolean;
  /** How many blocks from now until a retry can succeed; for what is retryable. */
  readonly retryAfterBlocks?: number;
  /** What to do or type. */
  readonly remedy?: string;
  /** `rejected` by the pool: subtensor's own code (Custom error: N), else the code of the JSON-RPC error. */
  readonly code?: number;
  /** `failed`: where it is. */
  readonly block?: number;
  readonly blockHash?: string;
}

/** A failure with what the catalogue knows of its name. */
export function refusal(
  kind: FailedSubmission['kind'],
  name: string,
  detail: string,
  retryable?: boolean,
): FailedSubmission {
  const known = catalogueEntry(name);
  const retry = known?.retry ?? 'never';
  return {
    ok: false,
    kind,
    name,
    detail,
    retryable: retryable ?? retry !== 'never',
    ...(typeof retry === 'number' && { retryAfterBlocks: retry }),
    ...(known && { remedy: known.remedy }),
  };
}
