/** A timer for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A caller's signal and a deadline in one. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Call when the work is over. */
  stop(): void;
}

/** Starts the clock; after `ms` the signal aborts with `reason`, or earlier with the caller's own. */
export function startDeadline(ms: number, reason: unknown, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason), Math.min(ms, LONGEST_TIMER_MS));
  const forward = () => controller.abort(caller?.reason);
  if (caller?.aborted) forward();
  caller?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    stop: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', forward);
    },
  };
}
