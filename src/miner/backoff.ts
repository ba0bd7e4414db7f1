/** When a publication that failed is tried again. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const PUBLICATION_BACKOFF: Backoff = { firstMs: 5_000, longestMs: 300_000 };

/** Milliseconds to wait after the `failures`-th failure in a row (1, 2, ...): doubling up to the longest. */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number): number {
  return Math.min(firstMs * 2 ** Math.min(failures - 1, 30), longestMs);
}
