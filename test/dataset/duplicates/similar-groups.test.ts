import { describe, expect, test } from '@jest/globals';
import { FEATURES } from '../../../src/dataset/duplicates/picture-features.js';
import { findSimilar, similarityOf } from '../../../src/dataset/duplicates/similar-groups.js';
import { randomNumbers } from '../../support/random-numbers.js';

/** Unit vectors without the constant part, as `pictureFeatures` gives them. */
function strangers(count: number, seed: number): Int8Array {
  const uniform = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const features = new Int8Array(count * FEATURES);
  for (let i = 0; i < count; i++) write(features, i, Float64Array.from({ length: FEATURES }, normal));
  return features;
}

function write(features: Int8Array, position: number, vector: Float64Array): void {
  vector[0] = 0;
  const length = Math.hypot(...vector);
  features.set(
    vector.map((value) => Math.round((254 * value) / length)),
    position * FEATURES,
  );
}

const of = (features: Int8Array, i: number) => features.subarray(i * FEATURES, (i + 1) * FEATURES);

/** Makes `copy` resemble `original` with about this similarity. */
function plant(features: Int8Array, original: number, copy: number, similarity: number): void {
  const [a, b] = [of(features, original), of(features, copy)];
  const rest = Math.sqrt(1 - similarity ** 2);
  write(
    features,
    copy,
    Float64Array.from(a, (value, i) => similarity * value + rest * (b[i] as number)),
  );
}

const search = async (features: Int8Array, threshold: number, exhaustiveUpTo: number) => {
  const count = features.length / FEATURES;
  const [groups = []] = await findSimilar(features, count, { thresholds: [threshold], exhaustiveUpTo });
  return groups;
};

describe('findSimilar', () => {
  test('finds by hashes what comparing every pair finds', async () => {
    const count = 1500;
    const features = strangers(count, 1);
    const copies = [0.91, 0.93, 0.95, 0.97, 0.99];
    for (let i = 0; i < 250; i++) plant(features, i, count - 1 - i, copies[i % copies.length] as number);
    const every = await search(features, 0.9, count);
    const hashed = await search(features, 0.9, 0);
    const found = new Set(hashed.map(({ members }) => members.join()));
    const expected = every.map(({ members }) => members.join());
    expect(expected.length).toBeGreaterThan(190);
    expect(every.every(({ members: [a = 0, b = 0] }) => a + b === count - 1)).toBe(true);
    const missed = expected.filter((group) => !found.has(group));
    expect(missed.length).toBeLessThanOrEqual(2); // 1 % of copies at the very threshold
    expect(found.size + missed.length).toBe(expected.length);
  });

  test('joins chains, tells the weakest link, and groups by each threshold', async () => {
    const features = strangers(40, 2);
    plant(features, 3, 20, 0.98);
    plant(features, 20, 30, 0.93);
    const [strict = [], loose = []] = await findSimilar(features, 40, { thresholds: [0.95, 0.85] });
    expect(strict.map(({ members }) => members)).toEqual([[3, 20]]);
    expect(loose.map(({ members }) => members)).toEqual([[3, 20, 30]]);
    expect(strict[0]?.similarity).toBeCloseTo(similarityOf(of(features, 3), of(features, 20)), 5);
    expect(loose[0]?.similarity).toBeLessThan(strict[0]?.similarity ?? 0);
  });

  test('a thousand equal pictures are one group', async () => {
    const features = strangers(1, 3);
    const many = new Int8Array(1_000 * FEATURES);
    for (let i = 0; i < 1_000; i++) many.set(features, i * FEATURES);
    const groups = await search(many, 0.95, 0);
    expect(groups.map(({ members, similarity }) => [members.length, similarity > 0.99])).toEqual([
      [1_000, true],
    ]);
  });

  test('nothing, one picture and a stop are no trouble', async () => {
    expect(await search(new Int8Array(0), 0.9, 10)).toEqual([]);
    expect(await search(strangers(1, 1), 0.9, 0)).toEqual([]);
    const reason = new Error('enough');
    const stopped = findSimilar(strangers(300, 1), 300, {
      thresholds: [0.9],
      signal: AbortSignal.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
  });
});
