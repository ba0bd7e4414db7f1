/**
 * What is wrong with a miner's model or commitment. Stable: they are stored, counted and shown to miners.
 * An exception means our fault; a verdict means theirs.
 */
export const VERDICT_CODES = [
  'NO_COMMITMENT', // nothing committed on chain
  'BAD_COMMITMENT', // not `<repo> <revision> [<digest>]`
  'STALE_COMMITMENT', // older than the registration of its uid
  'REPO_UNAVAILABLE', // missing, private or gated
  'REVISION_MISSING', // the repository has no such commit
  'FILE_MISSING', // a required file is not in the revision
  'TOO_LARGE', // a file or the repository is over the limit
  'HASH_MISMATCH', // the bytes are not what the hub or the commitment promised
  'DOWNLOAD_TIMED_OUT', // slower than the limits allow
  'BAD_CONFIG', // config.json is not ours or asks for the impossible
  'UNKNOWN_ARCHITECTURE', // none of our architectures
  'BAD_SAFETENSORS', // the file breaks the safetensors format
  'TENSOR_MISMATCH', // a tensor is missing, superfluous, or has another shape or type
  'NOT_FINITE', // NaN or infinite weights, or a loss that is not finite
  'COPY_OF', // the same weights as an earlier commitment
  'OUT_OF_MEMORY', // did not fit in the limits of evaluation
  'EVALUATION_FAILED', // evaluation ended without a result
] as const;

export type VerdictCode = (typeof VERDICT_CODES)[number];

/** The facts that a verdict rests on, by name: what a miner needs to see for itself that it is right. */
export type Evidence = Readonly<Record<string, string | number>>;

/** A model refused: why, in a word for machines and a sentence for people. */
export interface Rejection {
  readonly ok: false;
  readonly code: VerdictCode;
  readonly detail: string;
  readonly evidence?: Evidence;
}

/** A value, or the reason why a miner's model is refused. */
export type Verdict<T> = (T & { readonly ok: true }) | Rejection;

export function reject(code: VerdictCode, detail: string, evidence?: Evidence): Rejection {
  return { ok: false, code, detail, ...(evidence && { evidence }) };
}
