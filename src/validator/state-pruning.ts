import type Database from 'libsql';
import { inTransaction } from './transaction.js';

export interface PruneOptions {
  /** The newest round's. */
  readonly block: number;
  /** Of the data that the newest round was judged on; undefined when it judged none. */
  readonly dataDigest: string | undefined;
}

/** Blocks (an hour) for which logits are kept: only models of the same rounds are compared by them. */
const LOGITS_BLOCKS = 300;
/** Blocks (a day) for which a refused commitment is remembered; it is looked at again after an hour anyway. */
const REFUSED_BLOCKS = 7_200;
/** Blocks (about two weeks) after which what nobody used again is forgotten. */
const UNUSED_BLOCKS = 100_000;
const WEIGHT_SETTINGS = 1_000;
/** Blocks (a day) for which the fingerprint of any model is kept, and how many longer: those with the least loss are worth copying. */
const FINGERPRINT_BLOCKS = 7_200;
const FINGERPRINTS = 4_000;
/**
 * Samples that two standing models keep in common, the oldest: with 32,768 images more tell nothing new, and evidence that ends
 * there keeps the promise of the interval, which a window that slides on would break in time (docs/scoring.md).
 */
export const MOST_COMMON_SAMPLES = 16;

/**
 * Forgets what nothing rests on any more, so that the state stays as large as the subnet, not as old: called now and then,
 * and it does not matter when. Claims stay for ever.
 */
export function pruneState(database: Database.Database, { block, dataDigest }: PruneOptions): void {
  const unused = block - UNUSED_BLOCKS;
  const run = (sql: string, ...parameters: (string | number)[]) => database.prepare(sql).run(...parameters);
  inTransaction(database, () => {
    run('DELETE FROM neurons WHERE updated_block < ?', unused); // registrations that are gone for good
    run('DELETE FROM weight_settings WHERE id <= (SELECT max(id) FROM weight_settings) - ?', WEIGHT_SETTINGS);
    run('UPDATE evaluations SET logits = NULL WHERE block < ? AND logits IS NOT NULL', block - LOGITS_BLOCKS);
    run(
      `DELETE FROM evaluations WHERE model_id IN
         (SELECT model_id FROM evaluations GROUP BY model_id HAVING max(block) < ?)
         AND model_id NOT IN (${STANDING})`,
      unused,
    );
    if (dataDigest !== undefined) {
      run(
        `DELETE FROM evaluations WHERE block < ? AND sample_sha256 IN
           (SELECT sample_sha256 FROM samples WHERE data_sha256 <> ?)`,
        unused,
        dataDigest,
      );
      thin(database, dataDigest);
      run(
        `DELETE FROM fingerprints WHERE data_sha256 = ? AND block < ? AND model_id NOT IN (${STANDING})
           AND rowid NOT IN (SELECT rowid FROM fingerprints WHERE data_sha256 = ? ORDER BY loss, rowid LIMIT ?)`,
        dataDigest,
        block - FINGERPRINT_BLOCKS,
        dataDigest,
        FINGERPRINTS,
      );
      run('DELETE FROM fingerprints WHERE data_sha256 <> ? AND block < ?', dataDigest, unused);
    }
    run(
      'DELETE FROM samples WHERE block < ? AND sample_sha256 NOT IN (SELECT sample_sha256 FROM evaluations)',
      block - LOGITS_BLOCKS,
    );
    run('DELETE FROM submissions WHERE model_id IS NULL AND block < ?', block - REFUSED_BLOCKS);
    run(
      `DELETE FROM submissions WHERE block < ? AND model_id NOT IN (SELECT model_id FROM fingerprints)
         AND model_id NOT IN (${STANDING})`,
      unused,
    );
  });
}

/** Models that earn, or may go on earning while newer ones wait. */
const STANDING =
  "SELECT json_extract(entry, '$.modelId') FROM neurons WHERE json_extract(entry, '$.modelId') IS NOT NULL";

/** Forgets the evaluations of standing models that no pair of them needs: the best of them meets every newcomer. */
function thin(database: Database.Database, dataDigest: string): void {
  const rows = database
    .prepare(
      `SELECT model_id AS model, sample_sha256 AS sample FROM evaluations JOIN samples s USING (sample_sha256)
       WHERE s.data_sha256 = ? AND precision = 'fp32' AND model_id IN (${STANDING}) ORDER BY s.block, sample`,
    )
    .all(dataDigest) as { model: string; sample: string }[];
  const remove = database.prepare('DELETE FROM evaluations WHERE model_id = ? AND sample_sha256 = ?');
  for (const { model, sample } of unneeded(rows)) remove.run(model, sample);
}

/** Of evaluations, the oldest sample first, those beyond the most that two models need in common. */
export function unneeded<T extends { readonly model: string; readonly sample: string }>(
  rows: readonly T[],
): T[] {
  const samplesOf = new Map<string, Set<string>>();
  for (const { model, sample } of rows) {
    samplesOf.set(model, (samplesOf.get(model) ?? new Set()).add(sample));
  }
  const needed = new Map(
    [...samplesOf]
      .filter(([, samples]) => samples.size > MOST_COMMON_SAMPLES)
      .map(([model, samples]) => {
        const own = [...samples];
        // Whoever has not met anybody needs some to be met on.
        const kept = new Set(own.slice(0, MOST_COMMON_SAMPLES));
        for (const [other, theirs] of samplesOf) {
          if (other === model) continue;
          const common = own.filter((sample) => theirs.has(sample));
          for (const sample of common.slice(0, MOST_COMMON_SAMPLES)) kept.add(sample);
        }
        return [model, kept];
      }),
  );
  return rows.filter(({ model, sample }) => needed.get(model)?.has(sample) === false);
}
