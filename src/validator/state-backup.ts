import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'libsql';
import { messageOf, syncFolder } from '../common/index.js';
import type { CareFailure, StateCare } from './state-care-worker.js';

/** The compiled worker, found from src/ (tests) as from dist/. */
const WORKER = new URL('../../dist/validator/state-care-worker.js', import.meta.url);

/** Beside the state: its last copy that was whole. */
export function backupOf(path: string): string {
  return `${path}.good`;
}

/**
 * Forgets what the state need not remember (state-pruning.ts), then writes a whole copy of it and puts that in the place of
 * the one before; on a thread of its own, because all rows are read and written. So a damaged state fails here and
 * leaves the last good copy alone.
 * @throws what SQLite or the file system throws
 */
export async function pruneAndBackUp(o: Omit<StateCare, 'copy'>): Promise<void> {
  const part = `${backupOf(o.path)}.part`;
  await rm(part, { force: true });
  try {
    await inWorker({ ...o, copy: part });
    await rename(part, backupOf(o.path));
    await syncFolder(dirname(o.path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function inWorker(work: StateCare): Promise<void> {
  const worker = new Worker(WORKER, { workerData: work });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', ({ message, code }: CareFailure) =>
      reject(Object.assign(new Error(message), { code })),
    );
    worker.once('error', reject);
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the thread that copies it ended with ${code}`)),
    );
  });
}

/** Why a database file cannot be trusted; undefined when it is whole. @throws what says nothing about the file's contents */
export function damageOf(database: Database.Database): string | undefined {
  try {
    const row = database.prepare('PRAGMA quick_check(1)').get() as { quick_check?: unknown } | undefined;
    return row?.quick_check === 'ok' ? undefined : String(row?.quick_check);
  } catch (error) {
    if (isDamage(error)) return messageOf(error);
    throw error;
  }
}

/** Whether SQLite found the file's contents broken; a full disk, a lock or a missing permission is no damage. */
export function isDamage(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^SQLITE_(CORRUPT|NOTADB)/.test(code);
}

/**
 * Puts the last good copy in the place of a damaged state, which is kept beside it under another name; the log that
 * belongs to it goes with it. Returns that name; undefined, and nothing is touched, when there is no good copy.
 * @throws what the file system throws; to be tried again
 */
export function restoreBackup(path: string, now: number): string | undefined {
  const backup = backupOf(path);
  if (!existsSync(backup) || !isWhole(backup)) return undefined;
  // First the copy of the copy: when the disk has no room for it nothing has happened yet.
  const part = `${path}.part`;
  copyFileSync(backup, part);
  sync(part);
  const damaged = `${path}.damaged-${now}`;
  // The file first: killed in between, the next start finds it gone and goes on here. The log before the copy is in place: it
  // would be played onto the wrong file.
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, damaged + suffix);
  }
  renameSync(part, path);
  sync(dirname(path));
  return damaged;
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function isWhole(path: string): boolean {
  try {
    const database = new Database(path);
    try {
      return damageOf(database) === undefined;
    } finally {
      database.close();
    }
  } catch {
    return false; // what cannot be read takes nobody's place
  }
}
