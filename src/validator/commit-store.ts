import type Database from 'libsql';
import type { WeightCommit } from '../chain/index.js';

/**
 * `sent`: handed over, whether a block holds it is not known yet; `committed`: in a block; then `revealed` or `missed`.
 * `unsent`: no block took it.
 */
export type CommitState = 'sent' | 'committed' | 'revealed' | 'missed' | 'unsent';

/** A commit of weights as the validator remembers it. */
export interface StoredCommit {
  readonly state: CommitState;
  readonly commit: WeightCommit;
  /** Why it was missed. */
  readonly reason?: string;
}

/** How commit-reveal goes, for people who ask. */
export interface RevealStatus {
  /** Commits whose reveal is still to come, oldest first. */
  readonly open: readonly StoredCommit[];
  /** The newest one that came to its end, unless weights were set openly since. While it is `missed` the chain holds older ones. */
  readonly last: StoredCommit | undefined;
  /** How many have been missed in a row up to now. */
  readonly missedInARow: number;
  /** How many of the commits that are remembered came to which end. */
  readonly revealed: number;
  readonly missed: number;
}

/** How many commits are remembered. */
const KEPT = 1000;

interface Row {
  readonly state: CommitState;
  readonly detail: string;
  readonly reason: string | null;
}

/** The validator's commits of weights, in its SQLite file: what a crash took could never be revealed, or missed. */
export class CommitStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Before a commit is sent. */
  add(commit: WeightCommit): void {
    this.#database
      .prepare("INSERT INTO weight_commits (commit_hash, state, detail) VALUES (?, 'sent', ?)")
      .run(commit.commitHash, textOf(commit));
  }

  /** A block holds it. */
  included(commit: WeightCommit): void {
    this.#database
      .prepare("UPDATE weight_commits SET state = 'committed', detail = ? WHERE commit_hash = ?")
      .run(textOf(commit), commit.commitHash);
  }

  /** Its end. The last thousand are remembered. */
  settle(commit: WeightCommit, state: 'revealed' | 'missed' | 'unsent', reason?: string): void {
    this.#database
      .prepare('UPDATE weight_commits SET state = ?, reason = ? WHERE commit_hash = ?')
      .run(state, reason ?? null, commit.commitHash);
    this.#database
      .prepare(
        `DELETE FROM weight_commits WHERE state NOT IN ('sent', 'committed')
         AND id <= (SELECT max(id) FROM weight_commits) - ?`,
      )
      .run(KEPT);
  }

  /** The chain has refused what was sent, or has taken another in its place. */
  settleSent(): void {
    this.#database.prepare("UPDATE weight_commits SET state = 'unsent' WHERE state = 'sent'").run();
  }

  /** Those that are still to be followed, oldest first. */
  open(): StoredCommit[] {
    return this.#rows("WHERE state IN ('sent', 'committed') ORDER BY id");
  }

  status(): RevealStatus {
    const ended = this.#weightsAreOpen()
      ? []
      : this.#rows("WHERE state IN ('revealed', 'missed') ORDER BY id DESC LIMIT 100");
    const reached = ended.findIndex(({ state }) => state === 'revealed');
    return {
      open: this.open(),
      last: ended[0],
      missedInARow: reached < 0 ? ended.length : reached,
      revealed: this.#count('revealed'),
      missed: this.#count('missed'),
    };
  }

  #count(state: CommitState): number {
    const row = this.#database.prepare('SELECT count(*) AS n FROM weight_commits WHERE state = ?').get(state);
    return (row as { n: number }).n;
  }

  /** Weights that were set openly since then make up for any that were missed. */
  #weightsAreOpen(): boolean {
    const [newest] = this.#database
      .prepare(
        `SELECT json_extract(detail, '$.weights.kind') AS kind FROM weight_settings
         WHERE ok = 1 ORDER BY id DESC LIMIT 1`,
      )
      .all() as { kind: string | null }[];
    return newest?.kind === 'set';
  }

  #rows(where: string): StoredCommit[] {
    const rows = this.#database
      .prepare(`SELECT state, detail, reason FROM weight_commits ${where}`)
      .all() as Row[];
    return rows.map(({ state, detail, reason }) => ({
      state,
      commit: commitOf(detail),
      ...(reason === null ? {} : { reason }),
    }));
  }
}

function textOf(commit: WeightCommit): string {
  return JSON.stringify({ ...commit, versionKey: commit.versionKey.toString() });
}

function commitOf(detail: string): WeightCommit {
  const stored = JSON.parse(detail) as Omit<WeightCommit, 'versionKey'> & { versionKey: string };
  return { ...stored, versionKey: BigInt(stored.versionKey) };
}
