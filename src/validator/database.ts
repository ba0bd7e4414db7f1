import Database from 'libsql';
import { HealthTensorError, messageOf } from '../common/index.js';
import { MIGRATIONS } from './schema.js';

/**
 * Opens the state's database, checks it and brings it to this version's schema. Write-ahead log with
 * synchronous = FULL: what was committed survives `kill -9` and a power cut.
 * @throws HealthTensorError STATE_UNREADABLE, STATE_DAMAGED, STATE_TOO_NEW
 */
export function openDatabase(path: string): Database.Database {
  let database: Database.Database;
  try {
    database = new Database(path);
  } catch (cause) {
    throw new HealthTensorError('STATE_UNREADABLE', `Cannot open the state ${path}: ${messageOf(cause)}`, {
      remedy: 'Check that its folder exists and that this user may write there.',
      cause,
    });
  }
  try {
    prepare(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: Database.Database, path: string): void {
  let sound: unknown;
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    sound = valueOf(database, 'PRAGMA quick_check(1)', 'quick_check');
  } catch (cause) {
    sound = messageOf(cause);
  }
  if (sound !== 'ok') {
    throw new HealthTensorError('STATE_DAMAGED', `The state ${path} is damaged: ${String(sound)}`, {
      remedy: 'Put a backup in its place, or move it away to start with empty scores.',
    });
  }
  const version = Number(valueOf(database, 'PRAGMA user_version', 'user_version'));
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

function valueOf(database: Database.Database, query: string, column: string): unknown {
  return (database.prepare(query).get() as Record<string, unknown> | undefined)?.[column];
}
