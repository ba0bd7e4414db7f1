import Database from 'libsql';
import { HealthTensorError, messageOf } from './errors.js';
import { pause } from './pause.js';

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
  /** False to be refused at once instead of waiting. */
  readonly patient?: boolean | undefined;
}

const POLL_MS = 200;

/**
 * Takes the lock that the file stands for and returns how to let go; undefined when somebody has it. The kernel holds it:
 * it goes with the process however that ends, and no number of a dead process can be mistaken for a living one. The file
 * stays, empty: to remove it would let two hold it at once.
 * @throws what SQLite throws when the file cannot be made or is something else
 */
export function tryLock(path: string): (() => void) | undefined {
  const database = new Database(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  return () => {
    if (database.open) database.close();
  };
}

/**
 * Runs `body` while holding the lock; another process that has it is waited for.
 * @throws HealthTensorError LOCK_UNAVAILABLE, and LOCK_HELD when not patient; the signal's reason
 */
export async function withFileLock<T>(
  path: string,
  body: () => Promise<T>,
  { signal, onWait, patient = true }: LockOptions = {},
): Promise<T> {
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const release = tryLocking(path);
    if (release === undefined) {
      if (!patient) throw new HealthTensorError('LOCK_HELD', `Another process holds the lock ${path}`);
      if (!waited) onWait?.();
      await pause(POLL_MS, signal);
      continue;
    }
    try {
      return await body();
    } finally {
      release();
    }
  }
}

function tryLocking(path: string): (() => void) | undefined {
  try {
    return tryLock(path);
  } catch (cause) {
    throw new HealthTensorError('LOCK_UNAVAILABLE', `${path} cannot be locked: ${messageOf(cause)}`, {
      remedy: 'Check that this user may write there, and that the file is no other one.',
      cause,
    });
  }
}
