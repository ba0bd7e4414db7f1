import type Database from 'libsql';
import type { Rejection } from '../common/index.js';
import { type Bytes, bytesOf, floatsOf } from './blobs.js';
import type { CommittedModel } from './near-copies.js';

/** What a model answers on a version of the data's fingerprint images; it belongs to who committed it first. */
export interface Fingerprint extends CommittedModel {
  /** Digest of the tensors before the head, when it is known. */
  readonly backbone?: string;
  /** 14 an image. */
  readonly logits: Float32Array;
}

type Row = Omit<Fingerprint, 'logits' | 'backbone'> & {
  place: number;
  logits: Bytes;
  backbone: string | null;
};

/** What models answer on images that stay the same, and which of them turned out to be near copies. */
export class FingerprintStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  has(modelId: string, dataDigest: string): boolean {
    return this.#row(
      'SELECT 1 FROM fingerprints WHERE model_id = ? AND data_sha256 = ?',
      modelId,
      dataDigest,
    );
  }

  /** Whether a model was held against all others on these data, to the end. */
  isSearched(modelId: string, dataDigest: string): boolean {
    const query = 'SELECT 1 FROM fingerprints WHERE model_id = ? AND data_sha256 = ? AND searched = 1';
    return this.#row(query, modelId, dataDigest);
  }

  setSearched(modelIds: Iterable<string>, dataDigest: string): void {
    const update = this.#database.prepare(
      'UPDATE fingerprints SET searched = 1 WHERE model_id = ? AND data_sha256 = ?',
    );
    this.#database.transaction(() => {
      for (const modelId of modelIds) update.run(modelId, dataDigest);
    })();
  }

  /** @param o.loss on the fingerprint images, the same for all models: what is worth remembering is told by it */
  add(
    modelId: string,
    dataDigest: string,
    o: { readonly logits: Float32Array; readonly loss: number; readonly block: number },
  ): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?, 0, ?, ?)')
      .run(modelId, dataDigest, bytesOf(o.logits), o.loss, o.block);
  }

  get(modelId: string, dataDigest: string): Fingerprint | undefined {
    return this.#fingerprints('f.model_id = ? AND data_sha256 = ?', modelId, dataDigest)[0]?.fingerprint;
  }

  /** All on a version of the data but those of near copies, a page at a time: there may be many. */
  *pages(dataDigest: string, pageSize: number): Generator<Fingerprint[]> {
    for (let after = 0; ;) {
      const page = this.#fingerprints(
        `data_sha256 = ? AND f.rowid > ? AND f.model_id NOT IN (SELECT model_id FROM near_copies)
         ORDER BY f.rowid LIMIT ?`,
        dataDigest,
        after,
        pageSize,
      );
      if (page.length === 0) return;
      after = page.at(-1)?.place ?? after;
      yield page.map(({ fingerprint }) => fingerprint);
    }
  }

  /** Why the model counts as a near copy, if it does. */
  verdict(modelId: string): Rejection | undefined {
    const row = this.#database.prepare('SELECT verdict FROM near_copies WHERE model_id = ?').get(modelId) as
      { verdict: string } | undefined;
    return row && (JSON.parse(row.verdict) as Rejection);
  }

  /** For ever. */
  refuse(modelId: string, verdict: Rejection): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO near_copies VALUES (?, ?)')
      .run(modelId, JSON.stringify(verdict));
  }

  #row(query: string, ...parameters: string[]): boolean {
    return this.#database.prepare(query).get(...parameters) !== undefined;
  }

  #fingerprints(
    where: string,
    ...parameters: (string | number)[]
  ): { place: number; fingerprint: Fingerprint }[] {
    const rows = this.#database
      .prepare(
        `SELECT f.rowid AS place, f.model_id AS modelId, s.hotkey AS hotkey, s.commit_block AS commitBlock, logits,
           json_extract(s.outcome, '$.backboneDigest') AS backbone
         FROM fingerprints f JOIN submissions s ON s.rowid =
           (SELECT rowid FROM submissions WHERE model_id = f.model_id ORDER BY commit_block, hotkey LIMIT 1)
         WHERE ${where}`,
      )
      .all(...parameters) as Row[];
    return rows.map(({ place, backbone, logits, ...model }) => ({
      place,
      fingerprint: { ...model, ...(backbone !== null && { backbone }), logits: floatsOf(logits) },
    }));
  }
}
