import type { VerdictCode } from '../common/index.js';

const CODES: readonly VerdictCode[] = [
  'HASH_MISMATCH',
  'TOO_LARGE',
  'BAD_CONFIG',
  'UNKNOWN_ARCHITECTURE',
  'BAD_SAFETENSORS',
  'TENSOR_MISMATCH',
  'NOT_FINITE',
];

/** What is wrong with bytes, which cannot change: whoever fetches them, and whenever, comes to the same. */
export const VERDICTS_OF_BYTES: ReadonlySet<string> = new Set(CODES);
