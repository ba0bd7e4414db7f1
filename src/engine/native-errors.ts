import { isNativeError } from 'node:util/types';
import { HealthTensorError } from '../common/index.js';

/**
 * The code of an error that the addon threw. Not `instanceof Error`: the addon makes its errors in the realm that loaded
 * it, which is another one where code runs in a `vm` context.
 */
export function codeOf(error: unknown): string | undefined {
  const code = isNativeError(error) ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const REMEDIES: Readonly<Record<string, string>> = {
  PEER_LOST:
    'see what the other processes say, then start again: the training goes on from its last checkpoint',
  PEER_STOPPED: 'start all processes again: the training goes on from its last checkpoint',
  GROUP_INCOMPLETE: 'start all processes, with the same MASTER_ADDR, MASTER_PORT and WORLD_SIZE',
  GROUP_ADDRESS: 'set MASTER_ADDR to an address of the machine of process 0 and MASTER_PORT to a free port',
  GROUP_MISMATCH: 'give all processes the same options and the same data set',
  GROUP_UNSUPPORTED: 'npm run build:native with the libtorch that it provisions',
  NCCL_UNAVAILABLE: 'npm run build:native -- --cuda --force',
  OUT_OF_MEMORY: 'use a smaller --batch_size',
  BATCH_TOO_SMALL: 'use a larger --batch_size',
  CHECKPOINT_DAMAGED: '--restart begins a new training',
  CHECKPOINT_MISMATCH: '--restart begins a new training',
  READ_FAILED:
    'see that the file is there, may be read and lies on a sound disk, and that ulimit -n is not too low',
  BAD_PIXEL_CACHE: 'remove the file; it is made anew from the data set',
};

/** An error of the addon as one of ours; others unchanged. */
export function fromNative(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof HealthTensorError) return error;
  const remedy = REMEDIES[code];
  return new HealthTensorError(code, (error as Error).message, {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
