import { HealthTensorError } from '../../common/errors.js';

/** A keyfile that is none, or is damaged. `reason` never quotes what the file holds. */
export function unreadable(file: string, reason: string, cause?: unknown): HealthTensorError {
  return new HealthTensorError('WALLET_UNREADABLE', `The key in ${file} cannot be read: ${reason}`, {
    remedy: 'Check that this is the keyfile, or restore it from its words: healthtensor wallet regen-hotkey.',
    cause,
  });
}
