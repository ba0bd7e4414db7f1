import { Worker } from 'node:worker_threads';
import { HealthTensorError, messageOf } from '../../common/errors.js';
import type { Argon2iWork } from './argon2i-worker.js';

/** The compiled worker, found from src/ (tests) as from dist/. */
const WORKER = new URL('../../../dist/chain/wallet/argon2i-worker.js', import.meta.url);

/**
 * Argon2i, version 1.3, one lane, 32 bytes, on a thread of its own that ends afterwards and gives its memory back.
 * @throws HealthTensorError OUT_OF_MEMORY when the memory cannot be had; the signal's reason.
 */
export async function argon2i(work: Argon2iWork, signal?: AbortSignal): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const worker = new Worker(WORKER, { workerData: work });
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      worker.once('message', (key: Uint8Array) => resolve(key));
      worker.once('error', (error) => reject(failure(work, error)));
      worker.once('exit', (code) => reject(failure(work, `its thread ended with ${code}`)));
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  } finally {
    await worker.terminate();
  }
}

function failure({ kibibytes }: Argon2iWork, cause: unknown): HealthTensorError {
  return new HealthTensorError(
    'OUT_OF_MEMORY',
    `A password could not be turned into a key: ${messageOf(cause)}`,
    { remedy: `Argon2i needs ${kibibytes / 1024} MiB of free memory for some seconds.`, cause },
  );
}
