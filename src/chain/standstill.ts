import { HealthTensorError } from '../common/errors.js';

/**
 * For a process that its manager starts anew: a signal that is aborted like `stop`, or, with CHAIN_STALLED, when the chain
 * stands still although connections were made anew. An unreachable chain counts only `always`: some work goes on without.
 * Give `onStandstill` to connectChain.
 */
export function endOnStandstill(
  stop: AbortSignal | undefined,
  when: 'always' | 'while-connected',
): { signal: AbortSignal; onStandstill: (error: HealthTensorError, connected: boolean) => void } {
  const standstill = new AbortController();
  return {
    signal: stop ? AbortSignal.any([stop, standstill.signal]) : standstill.signal,
    onStandstill: (error, connected) => {
      if (!connected && when === 'while-connected') return;
      const message = `${error.message}. Ending, so that the process manager starts a new process`;
      standstill.abort(
        new HealthTensorError(
          error.code,
          message,
          error.remedy === undefined ? {} : { remedy: error.remedy },
        ),
      );
    },
  };
}
