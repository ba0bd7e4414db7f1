import { existsSync, statSync } from 'node:fs';
import Database from 'libsql';
import { HealthTensorError, messageOf } from '../common/index.js';
import { MIGRATIONS } from './schema.js';
import { backupOf, damageOf, isDamage, restoreBackup } from './state-backup.js';
import { inTransaction } from './transaction.js';

/** An open state. */
export interface OpenedDatabase {
  readonly database: Database.Database;
  /** Where the damaged file is now, when the last good copy had to take its place. */
  readonly damaged: string | undefined;
}

/**
 * Opens the state's database, checks it and brings it to this version's schema. Write-ahead log with
 * synchronous = FULL: what was committed survives `kill -9` and a power cut. In the place of a damaged or lost file comes its
 * last good copy, if there is one; a file that only cannot be read or written now (permissions, a full disk) is left alone.
 * @throws HealthTensorError STATE_UNREADABLE, STATE_DAMAGED, STATE_TOO_NEW
 */
export function openDatabase(path: string, now = Date.now()): OpenedDatabase {
  const damaged = isLost(path) ? restore(path, now) : undefined;
  const { database, damage } = connect(path);
  if (damage === undefined) return migrated(database, path, damaged);
  database.close();
  const moved = restore(path, now);
  if (moved === undefined) {
    throw new HealthTensorError('STATE_DAMAGED', `The state ${path} is damaged: ${damage}`, {
      remedy: 'Put a backup in its place, or move it away to start with empty scores.',
    });
  }
  return migrated(connect(path).database, path, moved);
}

/**
 * A state that is gone while its copy is there was not removed to start afresh: whoever wants that removes both. In an empty
 * file, as a power cut may leave one, SQLite would begin anew without a word.
 */
function isLost(path: string): boolean {
  return existsSync(backupOf(path)) && (!existsSync(path) || statSync(path).size === 0);
}

/** A connection that is set up, and what is wrong with the file. */
function connect(path: string): { database: Database.Database; damage: string | undefined } {
  let database: Database.Database | undefined;
  try {
    database = new Database(path);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    return { database, damage: damageOf(database) };
  } catch (cause) {
    if (database !== undefined && isDamage(cause)) return { database, damage: messageOf(cause) };
    database?.close();
    throw unreadable(path, cause);
  }
}

function restore(path: string, now: number): string | undefined {
  try {
    return restoreBackup(path, now);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): HealthTensorError {
  return new HealthTensorError('STATE_UNREADABLE', `Cannot open the state ${path}: ${messageOf(cause)}`, {
    remedy: 'Check that its folder exists, that this user may write there, and that the disk has room.',
    cause,
  });
}

function migrated(database: Database.Database, path: string, damaged: string | undefined): OpenedDatabase {
  try {
    migrate(database, path);
    return { database, damaged };
  } catch (error) {
    database.close();
    throw error instanceof HealthTensorError ? error : unreadable(path, error);
  }
}

function migrate(database: Database.Database, path: string): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const version = Number(row.user_version);
  if (version > MIGRATIONS.length) {
    const message = `The state ${path} was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length}).`;
    throw new HealthTensorError('STATE_TOO_NEW', message, {
      remedy: 'Update HealthTensor, or move the file away.',
    });
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    inTransaction(database, () => {
      database.exec(MIGRATIONS[next] as string);
      database.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}
