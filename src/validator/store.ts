import type Database from 'libsql';
import { HealthTensorError, type Hotkey, type Rejection } from '../common/index.js';
import type { Registration } from './candidate.js';
import { CommitStore } from './commit-store.js';
import type { Claim } from './copies.js';
import { openDatabase } from './database.js';
import type { RoundReport } from './report.js';
import type { Place } from './scoring.js';

/** What an evaluation ended in: kept so that the same model is not evaluated twice on the same images. */
export type StoredEvaluation =
  { readonly ok: true; readonly loss: number; readonly meanAuroc: number | null } | Rejection;

export interface EvaluationKey {
  readonly weightsSha256: string;
  readonly specSha256: string;
  readonly sampleSha256: string;
}

/** Everything a finished round changes; written as a whole or not at all. */
export interface FinishedRound {
  readonly report: RoundReport;
  readonly neurons: readonly (Pick<Registration, 'hotkey' | 'registrationBlock'> & {
    readonly score: number;
    /** Of this round's evaluation; none leaves the last one. */
    readonly place?: Place | undefined;
  })[];
  readonly claims: ReadonlyMap<string, Claim>;
}

/** How a weight setting ended. */
export interface WeightSetting {
  readonly block: number;
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

// Blocks (about two weeks) after which reports and evaluations that nobody used again are forgotten.
const KEPT_BLOCKS = 100_000;

/** The validator's memory: one SQLite file, every change a transaction. */
export class Store {
  readonly commits: CommitStore;
  readonly #database: Database.Database;

  /** Opens or creates the file. Errors: openDatabase. */
  constructor(path: string) {
    this.#database = openDatabase(path);
    this.commits = new CommitStore(this.#database);
  }

  /** Idempotent. Folds the write-ahead log into the file, so that a copy of the file alone is whole. */
  close(): void {
    if (!this.#database.open) return;
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
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
      const message = `The state ${this.#database.name} belongs to subnet ${origin.netuid} of the chain ${origin.genesisHash}, not to subnet ${netuid} of ${genesisHash}.`;
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

  /** Where the registration's model stood when it was last evaluated on this data. */
  lastPlace(
    { hotkey, registrationBlock }: Pick<Registration, 'hotkey' | 'registrationBlock'>,
    dataDigest: string,
  ): Place | undefined {
    return this.#database
      .prepare(
        `SELECT last_loss AS loss, last_commit_block AS commitBlock FROM neurons
         WHERE hotkey = ? AND registration_block = ? AND last_data = ?`,
      )
      .all(hotkey, registrationBlock, dataDigest)[0] as Place | undefined;
  }

  /** The claims to these weights, by SHA-256. */
  claims(weightsSha256: Iterable<string>): Map<string, Claim> {
    const query = this.#database.prepare(
      'SELECT hotkey, commit_block AS commitBlock FROM first_seen WHERE weights_sha256 = ?',
    );
    const claims = new Map<string, Claim>();
    for (const digest of weightsSha256) {
      const claim = query.all(digest)[0] as Claim | undefined;
      if (claim !== undefined) claims.set(digest, claim);
    }
    return claims;
  }

  /** What came out when these weights were evaluated on this sample before. */
  evaluation(key: EvaluationKey): StoredEvaluation | undefined {
    const row = this.#database
      .prepare(
        'SELECT outcome FROM evaluations WHERE weights_sha256 = ? AND spec_sha256 = ? AND sample_sha256 = ?',
      )
      .get(key.weightsSha256, key.specSha256, key.sampleSha256) as { outcome: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.outcome) as StoredEvaluation);
  }

  recordEvaluation(key: EvaluationKey, outcome: StoredEvaluation, block: number): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?)')
      .run(key.weightsSha256, key.specSha256, key.sampleSha256, JSON.stringify(outcome), block);
  }

  /** Writes a round: scores, claims and report in one transaction. */
  finishRound({ report, neurons, claims }: FinishedRound): void {
    const { block } = report;
    const upsert = this.#database.prepare(
      `INSERT INTO neurons VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET score = excluded.score, updated_block = excluded.updated_block,
         last_commit_block = iif(excluded.last_loss IS NULL, last_commit_block, excluded.last_commit_block),
         last_data = iif(excluded.last_loss IS NULL, last_data, excluded.last_data),
         last_loss = ifnull(excluded.last_loss, last_loss)`,
    );
    const claim = this.#database.prepare(
      `INSERT INTO first_seen VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET hotkey = excluded.hotkey, commit_block = excluded.commit_block`,
    );
    this.#database.transaction(() => {
      for (const { hotkey, registrationBlock, score, place } of neurons) {
        const dataDigest = place === undefined ? null : (report.dataDigest ?? null);
        const { loss, commitBlock } = place ?? { loss: null, commitBlock: null };
        upsert.run(hotkey, registrationBlock, score, block, loss, commitBlock, dataDigest);
      }
      for (const [digest, { hotkey, commitBlock }] of claims) claim.run(digest, hotkey, commitBlock, block);
      this.#database.prepare('INSERT INTO rounds VALUES (?, ?)').run(block, JSON.stringify(report));
      this.#database.prepare('DELETE FROM rounds WHERE block < ?').run(block - KEPT_BLOCKS);
      this.#database.prepare('DELETE FROM evaluations WHERE used_block < ?').run(block - KEPT_BLOCKS);
    })();
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
