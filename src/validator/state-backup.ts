import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import Database from 'libsql';
import { messageOf } from '../common/index.js';

/** Beside the state: its last copy that was whole. */
export function backupOf(path: string): string {
  return `${path}.good`;
}

/**
 * Writes a whole copy of an open database and puts it in the place of the one before. Every page is read for it, so a
 * damaged database fails here and leaves the last good copy alone.
 */
export async function backUp(database: Database.Database, path: string): Promise<void> {
  const part = `${backupOf(path)}.part`;
  await rm(part, { force: true });
  try {
    database.prepare('VACUUM INTO ?').run(part);
    const file = await open(part, 'r+');
    await file.sync().finally(() => file.close());
    await rename(part, backupOf(path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Why a database file cannot be trusted; undefined when it is whole. */
export function damageOf(database: Database.Database): string | undefined {
  try {
    const row = database.prepare('PRAGMA quick_check(1)').get() as { quick_check?: unknown } | undefined;
    return row?.quick_check === 'ok' ? undefined : String(row?.quick_check);
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Puts the last good copy in the place of a damaged state, which is kept beside it under another name; the log that
 * belongs to it goes with it. Returns that name; undefined, and nothing is touched, when there is no good copy.
 */
export function restoreBackup(path: string, now: number): string | undefined {
  const backup = backupOf(path);
  if (!existsSync(backup) || !isWhole(backup)) return undefined;
  const damaged = `${path}.damaged-${now}`;
  // The log first: with the copy in place it would be played onto the wrong file.
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, damaged + suffix);
  }
  copyFileSync(backup, `${path}.part`);
  renameSync(`${path}.part`, path);
  return damaged;
}

function isWhole(path: string): boolean {
  const database = new Database(path, { readonly: true });
  try {
    return damageOf(database) === undefined;
  } finally {
    database.close();
  }
}
