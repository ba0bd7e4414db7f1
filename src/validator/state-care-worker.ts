import { closeSync, fsyncSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import Database from 'libsql';
import { pruneState, type PruneOptions } from './state-pruning.js';

/** What `state-backup.ts` sends with a new thread. */
export interface StateCare extends PruneOptions {
  /** The state's file. */
  readonly path: string;
  /** Where its copy goes. */
  readonly copy: string;
}

const { path, copy, ...options } = workerData as StateCare;
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
