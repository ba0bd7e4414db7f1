import { existsSync } from 'node:fs';
import Database from 'libsql';
import { HealthTensorError, messageOf } from '../common/index.js';
import { CommitStore, type RevealStatus } from './commit-store.js';

/** The schema's version since which commits are kept. */
const WITH_COMMITS = 2;

/**
 * How commit-reveal goes by the state in this file, whether or not a validator is using it; undefined when there is no
 * state, or one from before commits were kept. Nothing is written.
 * @throws HealthTensorError STATE_UNREADABLE
 */
export function readRevealStatus(path: string): RevealStatus | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const database = new Database(path);
    try {
      database.exec('PRAGMA query_only = ON');
      database.exec('PRAGMA busy_timeout = 5000');
      const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
        user_version: number;
      };
      return version < WITH_COMMITS ? undefined : new CommitStore(database).status();
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new HealthTensorError('STATE_UNREADABLE', `Cannot read the state ${path}: ${messageOf(cause)}`, {
      remedy: 'Check that this user may read it; the validator says more when it starts.',
      cause,
    });
  }
}
