import { closeSync, fsyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { messageOf } from '../common/index.js';
import { pruneState, type PruneOptions } from './state-pruning.js';

/** What `state-backup.ts` sends with a new thread. */
export interface StateCare extends PruneOptions {
  /** The state's file. */
  readonly path: string;
  /** Where its copy goes. */
  readonly copy: string;
}

/** What it sends back when it fails: of SQLite's own errors a thread keeps no message. */
export interface CareFailure {
  readonly message: string;
  readonly code: unknown;
}

function care({ path, copy, ...options }: StateCare): void {
  const database = new Database(path);
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    pruneState(database, options);
    database.prepare('VACUUM INTO ?').run(copy);
  } finally {
    database.close();
  }
  const file = openSync(copy, 'r');
  fsyncSync(file);
  closeSync(file);
}

try {
  care(workerData as StateCare);
} catch (error) {
  const failure: CareFailure = { message: messageOf(error), code: (error as { code?: unknown }).code };
  parentPort?.postMessage(failure);
}
