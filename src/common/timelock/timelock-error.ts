import { HealthTensorError } from '../errors.js';

/** A ciphertext, signature, key or round that is not sound; the bytes are usually a stranger's. */
export class TimelockError extends HealthTensorError {
  constructor(message: string, cause?: unknown) {
    super('TIMELOCK', message, { cause });
  }
}
