import { codeOf, fromNative } from './native-errors.js';
import type { NativeAddon, NativeCancellation, NativeProgress } from './native-addon.js';
import type { Progress } from './progress.js';

/** How a caller follows and ends a long call. */
export interface CallControl {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Runs a long native call. Aborting the signal ends it between batches and rejects with the signal's reason; so does an
 * exception of `onProgress`, with that exception. Errors of the addon become HealthTensorErrors.
 */
export async function cancellable<T>(
  addon: NativeAddon,
  { signal, onProgress }: CallControl,
  call: (cancellation: NativeCancellation, onProgress?: (progress: NativeProgress) => void) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const cancellation = new addon.Cancellation();
  const callback = { failed: false, error: undefined as unknown };
  const report = (progress: NativeProgress) => {
    if (callback.failed || signal?.aborted === true) return;
    try {
      onProgress?.(progress);
    } catch (error) {
      callback.failed = true;
      callback.error = error;
      cancellation.cancel();
    }
  };
  const abort = () => cancellation.cancel();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const result = await call(cancellation, onProgress === undefined ? undefined : report);
    if (!callback.failed) return result;
  } catch (error) {
    if (!callback.failed) {
      if (codeOf(error) === 'ABORTED') signal?.throwIfAborted();
      throw fromNative(error);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  throw callback.error;
}
