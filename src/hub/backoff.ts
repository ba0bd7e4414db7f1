/** The part of the limits that says how to wait. */
export interface Patience {
  readonly backoffMs: number;
  readonly longestWaitMs: number;
}

/**
 * Milliseconds that an answer asks us to wait, from `Retry-After` (seconds or a date, RFC 9110 10.2.3) or, when its
 * quota is used up, from the Hub's `RateLimit: "api";r=0;t=55`. Undefined when it asks for nothing readable.
 */
export function askedWaitMs(headers: Headers, nowMs: number): number | undefined {
  const after = headers.get('retry-after')?.trim();
  if (after !== undefined) {
    if (/^\d{1,9}$/.test(after)) return Number(after) * 1000;
    const date = Date.parse(after);
    if (Number.isFinite(date)) return Math.max(0, date - nowMs);
  }
  const quota = /;\s*r=0\s*;\s*t=(\d{1,9})/.exec(headers.get('ratelimit') ?? '');
  return quota === null ? undefined : Number(quota[1]) * 1000;
}

/**
 * Milliseconds to wait after attempt number `attempt` (1, 2, ...): what the hub asked for, else doubling, spread by
 * `random` (0..1) so that many validators do not return together. Undefined when the hub asks for more than we wait.
 */
export function waitMs(
  attempt: number,
  askedMs: number | undefined,
  patience: Patience,
  random: number,
): number | undefined {
  if (askedMs !== undefined) return askedMs <= patience.longestWaitMs ? askedMs : undefined;
  const doubled = patience.backoffMs * 2 ** (attempt - 1);
  return Math.min(patience.longestWaitMs, doubled * (0.5 + random / 2));
}
