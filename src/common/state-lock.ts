import Database from 'libsql';
import { join } from 'node:path';
import { HealthTensorError, messageOf } from './errors.js';

/**
 * Claims a state folder for this process; call the result to let go. The claim is a lock that the kernel holds (on
 * `lock.sqlite`), so that it goes with the process however that ends, and no number of a dead process can be mistaken
 * for a living one.
 * @throws HealthTensorError STATE_IN_USE, STATE_UNREADABLE
 */
export function lockState(directory: string): () => void {
  const path = join(directory, 'lock.sqlite');
  let database: Database.Database;
  try {
    database = new Database(path);
  } catch (cause) {
    throw unlockable(directory, cause);
  }
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if ((cause as { code?: unknown }).code !== 'SQLITE_BUSY') throw unlockable(directory, cause);
    throw new HealthTensorError('STATE_IN_USE', `Another process is using the state folder ${directory}.`, {
      remedy: 'Stop it first, or give this one another folder.',
      cause,
    });
  }
  return () => {
    if (database.open) database.close();
  };
}

function unlockable(directory: string, cause: unknown): HealthTensorError {
  const message = `The state folder ${directory} cannot be locked: ${messageOf(cause)}`;
  return new HealthTensorError('STATE_UNREADABLE', message, {
    remedy:
      'Check that it exists, that this user may write there, and that lock.sqlite in it is no other file.',
    cause,
  });
}
