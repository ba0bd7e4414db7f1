import type Database from 'libsql';
import { HealthTensorError, type Hotkey } from '../common/index.js';
import type { Registration } from './candidate.js';
import { CommitStore } from './commit-store.js';
import type { Claim } from './copies.js';
import { openDatabase } from './database.js';
import { pruneAndBackUp } from './state-backup.js';
import { EvaluationStore } from './evaluation-store.js';
import { FingerprintStore } from './fingerprint-store.js';
import type { Entry } from './model-identity.js';
import type { RoundReport } from './report.js';
import { SubmissionStore } from './submission-store.js';
import { inTransaction } from './transaction.js';

/** Everything a finished round changes; written as a whole or not at all. */
export interface FinishedRound {
  readonly report: RoundReport;
  readonly neurons: readonly (Pick<Registration, 'hotkey' | 'registrationBlock'> & {
    readonly score: number;
    /** The model that earns, and may go on earning while a newer one waits: `stays` when the round judged none. */
    readonly entry: Entry | 'none' | 'stays';
  })[];
  readonly claims: readonly Claim[];
}

/** How a weight setting ended. */
export interface WeightSetting {
  readonly block: number;
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

// The newest reports (an hour's) are kept, for when their file could not be written. One of 256 miners has 0.6 MB.
const REPORTS = 30;

/** The validator's memory: one SQLite file, every change a transaction. */
export class Store {
  readonly commits: CommitStore;
  readonly evaluations: EvaluationStore;
  readonly submissions: SubmissionStore;
  readonly fingerprints: FingerprintStore;
  /** Where the state's damaged file is, when the last good copy had to take its place. */
  readonly damaged: string | undefined;
  readonly #path: string;
  readonly #database: Database.Database;

  /** Opens or creates the file. Errors: openDatabase. */
  constructor(path: string) {
    const { database, damaged } = openDatabase(path);
    this.#database = database;
    this.#path = path;
    this.damaged = damaged;
    this.commits = new CommitStore(this.#database);
    this.evaluations = new EvaluationStore(this.#database);
    this.submissions = new SubmissionStore(this.#database);
    this.fingerprints = new FingerprintStore(this.#database);
  }

  /** Idempotent. Folds the write-ahead log into the file, so that a copy of the file alone is whole. */
  close(): void {
    if (!this.#database.open) return;
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#database.close();
    }
  }

  /**
   * Ties the state to a subnet of a chain; blocks of another chain would be compared with these otherwise.
   * @throws HealthTensorError STATE_OF_ANOTHER_CHAIN
   */
  bindTo(genesisHash: string, netuid: number): void {
    const [origin] = this.#database
      .prepare('SELECT genesis_hash AS genesisHash, netuid FROM origin')
      .all() as { genesisHash: string; netuid: number }[];
    if (origin === undefined) {
      this.#database.prepare('INSERT INTO origin VALUES (?, ?)').run(genesisHash, netuid);
    } else if (origin.genesisHash !== genesisHash || origin.netuid !== netuid) {
      const message = `The state ${this.#path} belongs to subnet ${origin.netuid} of the chain ${origin.genesisHash}, not to subnet ${netuid} of ${genesisHash}.`;
      throw new HealthTensorError('STATE_OF_ANOTHER_CHAIN', message, {
        remedy: 'Check --subtensor.network and --netuid, or move the state folder away.',
      });
    }
  }

  /** The scores of these registrations, by hotkey; those never scored are absent. */
  scores(registrations: Iterable<Pick<Registration, 'hotkey' | 'registrationBlock'>>): Map<Hotkey, number> {
    const query = this.#database.prepare(
      'SELECT score FROM neurons WHERE hotkey = ? AND registration_block = ?',
    );
    const scores = new Map<Hotkey, number>();
    for (const { hotkey, registrationBlock } of registrations) {
      const row = query.get(hotkey, registrationBlock) as { score: number } | undefined;
      if (row !== undefined) scores.set(hotkey, row.score);
    }
    return scores;
  }

  /** The model that earned for the registration when it was last judged. */
  entry({
    hotkey,
    registrationBlock,
  }: Pick<Registration, 'hotkey' | 'registrationBlock'>): Entry | undefined {
    const row = this.#database
      .prepare('SELECT entry FROM neurons WHERE hotkey = ? AND registration_block = ?')
      .get(hotkey, registrationBlock) as { entry: string | null } | undefined;
    return row?.entry ? (JSON.parse(row.entry) as Entry) : undefined;
  }

  /** Who holds these weights, of those that somebody holds. */
  claims(weights: Iterable<Pick<Claim, 'kind' | 'digest'>>): Claim[] {
    const query = this.#database.prepare(
      'SELECT kind, digest, hotkey, commit_block AS commitBlock FROM claims WHERE kind = ? AND digest = ?',
    );
    return [...weights].flatMap(({ kind, digest }) => query.all(kind, digest) as Claim[]);
  }

  /**
   * Forgets what is not needed any more and writes a copy of the state beside it: what takes its place when it is found damaged
   * at a start. Nothing else may be written meanwhile.
   */
  pruneAndBackUp({ block, data }: Pick<RoundReport, 'block' | 'data'>): Promise<void> {
    return pruneAndBackUp({ path: this.#path, block, dataDigest: data?.digest });
  }

  /** Writes a round: scores, claims and report in one transaction. */
  finishRound({ report, neurons, claims }: FinishedRound): void {
    const { block } = report;
    const upsert = this.#database.prepare(
      `INSERT INTO neurons (hotkey, registration_block, score, updated_block, entry) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET score = excluded.score, updated_block = excluded.updated_block,
         entry = iif(?, entry, excluded.entry)`,
    );
    const claim = this.#database.prepare(
      `INSERT INTO claims VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET hotkey = excluded.hotkey, commit_block = excluded.commit_block
         WHERE hotkey <> excluded.hotkey OR commit_block <> excluded.commit_block`,
    );
    inTransaction(this.#database, () => {
      for (const { hotkey, registrationBlock, score, entry } of neurons) {
        const text = typeof entry === 'string' ? null : JSON.stringify(entry);
        upsert.run(hotkey, registrationBlock, score, block, text, entry === 'stays' ? 1 : 0);
      }
      for (const { kind, digest, hotkey, commitBlock } of claims) {
        claim.run(kind, digest, hotkey, commitBlock, block);
      }
      this.#database.prepare('INSERT INTO rounds VALUES (?, ?)').run(block, JSON.stringify(report));
      this.#database
        .prepare(
          'DELETE FROM rounds WHERE block <= (SELECT block FROM rounds ORDER BY block DESC LIMIT 1 OFFSET ?)',
        )
        .run(REPORTS);
    });
  }

  /** The reports of rounds after a block that are still here (the newest thirty), oldest first. */
  reportsAfter(block: number): RoundReport[] {
    const rows = this.#database
      .prepare('SELECT report FROM rounds WHERE block > ? ORDER BY block')
      .all(block) as { report: string }[];
    return rows.map(({ report }) => JSON.parse(report) as RoundReport);
  }

  /** The newest finished round. */
  lastReport(): RoundReport | undefined {
    const row = this.#database.prepare('SELECT report FROM rounds ORDER BY block DESC LIMIT 1').get() as
      { report: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.report) as RoundReport);
  }

  recordWeightSetting({ block, ok, detail }: WeightSetting): void {
    this.#database
      .prepare('INSERT INTO weight_settings (block, ok, detail) VALUES (?, ?, ?)')
      .run(block, ok ? 1 : 0, JSON.stringify(detail, bigAsText));
  }

  /** The newest weight settings, newest first. */
  weightSettings(limit: number): WeightSetting[] {
    const rows = this.#database
      .prepare('SELECT block, ok, detail FROM weight_settings ORDER BY id DESC LIMIT ?')
      .all(limit) as { block: number; ok: number; detail: string }[];
    return rows.map(({ block, ok, detail }) => ({
      block,
      ok: ok === 1,
      detail: JSON.parse(detail) as Record<string, unknown>,
    }));
  }
}

function bigAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
