import { existsSync } from 'node:fs';
import Database from 'libsql';
import { HealthTensorError, messageOf } from '../common/index.js';
import { MIGRATIONS } from './schema.js';
import { backupOf, damageOf, restoreBackup } from './state-backup.js';

/** An open state. */
export interface OpenedDatabase {
  readonly database: Database.Database;
  /** Where the damaged file is now, when the last good copy had to take its place. */
  readonly damaged: string | undefined;
}

/**
 * Opens the state's database, checks it and brings it to this version's schema. Write-ahead log with
 * synchronous = FULL: what was committed survives `kill -9` and a power cut. In the place of a damaged or lost file comes its
 * last good copy, if there is one.
 * @throws HealthTensorError STATE_UNREADABLE, STATE_DAMAGED, STATE_TOO_NEW
 */
export function openDatabase(path: string, now = Date.now()): OpenedDatabase {
  // A state that is gone while its copy is there was not removed to start afresh: whoever wants that removes both.
  const lost = !existsSync(path) && existsSync(backupOf(path));
  const damaged = lost ? restoreBackup(path, now) : undefined;
  const database = connect(path);
  const damage = prepare(database);
  if (damage === undefined) return migrated(database, path, damaged);
  database.close();
  const moved = restoreBackup(path, now);
  if (moved === undefined) {
    throw new HealthTensorError('STATE_DAMAGED', `The state ${path} is damaged: ${damage}`, {
      remedy: 'Put a backup in its place, or move it away to start with empty scores.',
    });
  }
  const restored = connect(path);
  prepare(restored);
  return migrated(restored, path, moved);
}

function connect(path: string): Database.Database {
  try {
    return new Database(path);
  } catch (cause) {
    throw new HealthTensorError('STATE_UNREADABLE', `Cannot open the state ${path}: ${messageOf(cause)}`, {
      remedy: 'Check that its folder exists and that this user may write there.',
      cause,
    });
  }
}

/** Sets the connection up; returns what is wrong with the file. */
function prepare(database: Database.Database): string | undefined {
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
  } catch (error) {
    return messageOf(error);
  }
  return damageOf(database);
}

function migrated(database: Database.Database, path: string, damaged: string | undefined): OpenedDatabase {
  try {
    migrate(database, path);
    return { database, damaged };
  } catch (error) {
    database.close();
    throw error;
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
    database.transaction(() => {
      database.exec(MIGRATIONS[next] as string);
      database.exec(`PRAGMA user_version = ${next + 1}`);
    })();
  }
}
