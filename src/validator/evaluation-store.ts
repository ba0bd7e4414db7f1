import type Database from 'libsql';
import type { Rejection } from '../common/index.js';
import type { EvaluationPrecision } from '../engine/index.js';
import { type Bytes, bytesOf, floatsOf, integersOf } from './blobs.js';

/** Images that a block hash drew, as they were recorded. */
export interface StoredSample {
  /** `sampleDigest` of data and indices. */
  readonly digest: string;
  readonly dataDigest: string;
  readonly block: number;
  readonly blockHash: string;
  readonly indices: Uint32Array;
}

/** What an evaluation ended in. */
export type StoredEvaluation =
  { readonly ok: true; readonly loss: number; readonly meanAuroc: number | null } | Rejection;

export interface EvaluationKey {
  readonly modelId: string;
  /** The sample's digest. */
  readonly sample: string;
  readonly precision: EvaluationPrecision;
}

/** An evaluation without its images. */
export interface EvaluationRow extends EvaluationKey {
  readonly outcome: StoredEvaluation;
  /** The round's. */
  readonly block: number;
  readonly images: number;
}

export interface EvaluationRecord extends EvaluationKey {
  readonly outcome: StoredEvaluation;
  readonly block: number;
  /** By image of the sample. */
  readonly losses?: Float32Array;
  /** 14 an image. */
  readonly logits?: Float32Array;
}

/**
 * Samples and what models lost on their images: written as soon as known, so that nothing is computed twice, even when the
 * validator is killed in the middle of a round.
 */
export class EvaluationStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** The same images may be drawn again (a small data set is drawn as a whole): the first block stays. */
  addSample(sample: StoredSample): void {
    this.#database
      .prepare('INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?, ?)')
      .run(sample.digest, sample.dataDigest, sample.block, sample.blockHash, bytesOf(sample.indices));
  }

  sample(digest: string): StoredSample | undefined {
    return this.#samples('WHERE sample_sha256 = ?', digest)[0];
  }

  /** The newest sample of a version of the data. */
  newestSample(dataDigest: string): StoredSample | undefined {
    return this.#samples('WHERE data_sha256 = ? ORDER BY block DESC LIMIT 1', dataDigest)[0];
  }

  record({ modelId, sample, precision, outcome, block, losses, logits }: EvaluationRecord): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        modelId,
        sample,
        precision,
        JSON.stringify(outcome),
        losses ? bytesOf(losses) : null,
        logits ? bytesOf(logits) : null,
        block,
      );
  }

  /** Every evaluation of a model on a version of the data, oldest sample first. */
  of(modelId: string, dataDigest: string): EvaluationRow[] {
    const rows = this.#database
      .prepare(
        `SELECT e.sample_sha256 AS sample, precision, outcome, e.block AS block, length(indices) / 4 AS images
         FROM evaluations e JOIN samples s USING (sample_sha256)
         WHERE model_id = ? AND data_sha256 = ? ORDER BY s.block, e.sample_sha256, precision`,
      )
      .all(modelId, dataDigest) as {
      sample: string;
      precision: EvaluationPrecision;
      outcome: string;
      block: number;
      images: number;
    }[];
    return rows.map((row) => ({ ...row, modelId, outcome: JSON.parse(row.outcome) as StoredEvaluation }));
  }

  /** Losses by image of the sample, in nats. */
  losses(modelId: string, sample: string, precision: EvaluationPrecision = 'fp32'): Float32Array | undefined {
    return this.#floats('losses', modelId, sample, precision);
  }

  logits(modelId: string, sample: string, precision: EvaluationPrecision = 'fp32'): Float32Array | undefined {
    return this.#floats('logits', modelId, sample, precision);
  }

  #floats(
    column: 'losses' | 'logits',
    ...key: [string, string, EvaluationPrecision]
  ): Float32Array | undefined {
    const row = this.#database
      .prepare(
        `SELECT ${column} AS bytes FROM evaluations WHERE model_id = ? AND sample_sha256 = ? AND precision = ?`,
      )
      .get(...key) as { bytes: Bytes | null } | undefined;
    return row?.bytes ? floatsOf(row.bytes) : undefined;
  }

  #samples(where: string, parameter: string): StoredSample[] {
    const rows = this.#database
      .prepare(
        `SELECT sample_sha256 AS digest, data_sha256 AS dataDigest, block, block_hash AS blockHash, indices FROM samples ${where}`,
      )
      .all(parameter) as (Omit<StoredSample, 'indices'> & { indices: Bytes })[];
    return rows.map((row) => ({ ...row, indices: integersOf(row.indices) }));
  }
}
