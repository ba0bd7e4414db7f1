import type Database from 'libsql';
import type { Hotkey, Rejection } from '../common/index.js';
import { type Bytes, bytesOf, floatsOf } from './blobs.js';

/** A model that was ever evaluated on a version of the data. */
export interface Fingerprint {
  readonly modelId: string;
  /** Who committed it first. */
  readonly hotkey: Hotkey;
  readonly commitBlock: number;
  readonly backbone?: string;
  /** On the data's fingerprint images, 14 an image. */
  readonly logits: Float32Array;
}

/** What models answer on images that stay the same, and which of them turned out to be near copies; permanent. */
export class FingerprintStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  has(modelId: string, dataDigest: string): boolean {
    return (
      this.#database
        .prepare('SELECT 1 FROM fingerprints WHERE model_id = ? AND data_sha256 = ?')
        .get(modelId, dataDigest) !== undefined
    );
  }

  add(modelId: string, dataDigest: string, logits: Float32Array): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)')
      .run(modelId, dataDigest, bytesOf(logits));
  }

  /** All on a version of the data, each with its first commitment. */
  all(dataDigest: string): Fingerprint[] {
    const rows = this.#database
      .prepare(
        // Of the bare columns beside min(), SQLite gives those of the row that has the least.
        `SELECT f.model_id AS modelId, s.hotkey AS hotkey, min(s.commit_block) AS commitBlock, logits,
           json_extract(s.outcome, '$.backboneDigest') AS backbone
         FROM fingerprints f JOIN submissions s ON s.model_id = f.model_id
         WHERE data_sha256 = ? GROUP BY f.model_id`,
      )
      .all(dataDigest) as (Omit<Fingerprint, 'logits' | 'backbone'> & {
      logits: Bytes;
      backbone: string | null;
    })[];
    return rows.map(({ backbone, ...row }) => ({
      ...row,
      ...(backbone !== null && { backbone }),
      logits: floatsOf(row.logits),
    }));
  }

  /** Why the model counts as a near copy, if it does. */
  verdict(modelId: string): Rejection | undefined {
    const row = this.#database.prepare('SELECT verdict FROM near_copies WHERE model_id = ?').get(modelId) as
      { verdict: string } | undefined;
    return row && (JSON.parse(row.verdict) as Rejection);
  }

  refuse(modelId: string, verdict: Rejection): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO near_copies VALUES (?, ?)')
      .run(modelId, JSON.stringify(verdict));
  }
}
