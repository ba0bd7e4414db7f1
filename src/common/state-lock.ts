import { join } from 'node:path';
import { HealthTensorError, messageOf } from './errors.js';
import { tryLock } from './file-lock.js';

/**
 * Claims a state folder for this process (on `lock.sqlite` in it); call the result to let go.
 * @throws HealthTensorError STATE_IN_USE, STATE_UNREADABLE
 */
export function lockState(directory: string): () => void {
  let release: (() => void) | undefined;
  try {
    release = tryLock(join(directory, 'lock.sqlite'));
  } catch (cause) {
    const message = `The state folder ${directory} cannot be locked: ${messageOf(cause)}`;
    throw new HealthTensorError('STATE_UNREADABLE', message, {
      remedy:
        'Check that it exists, that this user may write there, and that lock.sqlite in it is no other file.',
      cause,
    });
  }
  if (release !== undefined) return release;
  throw new HealthTensorError('STATE_IN_USE', `Another process is using the state folder ${directory}.`, {
    remedy: 'Stop it first, or give this one another folder.',
  });
}
