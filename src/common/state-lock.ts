import Database from 'libsql';
import { join } from 'node:path';
import { HealthTensorError } from './errors.js';

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
    throw new HealthTensorError('STATE_UNREADABLE', `The state folder ${directory} cannot be locked.`, {
      remedy: 'Check that it exists and that this user may write there.',
      cause,
    });
  }
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new HealthTensorError('STATE_IN_USE', `Another process is using the state folder ${directory}.`, {
      remedy: 'Stop it first, or give this one another wallet, hotkey or state folder.',
      cause,
    });
  }
  return () => {
    if (database.open) database.close();
  };
}
