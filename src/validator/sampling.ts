import { createHash } from 'node:crypto';
import { FINDINGS } from '../common/index.js';

/** Each finding shows on at least so many images of a sample, if the data set has them: AUROC needs some. */
const LEAST_OF_A_FINDING = 2;

/**
 * Draws `count` of the numbers 0..population-1 without replacement, in rising order; all of them when there are no
 * more. The draw depends on `seed` (a block hash) and `purpose` alone, so that validators with the same data agree
 * and nobody knows it before the block exists. Fisher-Yates on a SHA-256 counter stream.
 */
export function drawIndices(o: {
  population: number;
  count: number;
  seed: string;
  purpose: string;
}): Uint32Array {
  const pool = Uint32Array.from({ length: o.population }, (_, index) => index);
  if (o.count >= o.population) return pool;
  const below = uniformIntegers(`healthtensor:${o.purpose}:${o.seed}`);
  for (let taken = 0; taken < o.count; taken++) {
    const other = taken + below(o.population - taken);
    const value = pool[taken] as number;
    pool[taken] = pool[other] as number;
    pool[other] = value;
  }
  return pool.slice(0, o.count).sort();
}

/**
 * Draws `count` images so that each kind of image has the share that it has in the data: strata are images with the
 * same rarest finding (and those with none), allotted proportionally, so that the plain mean over the sample estimates
 * the mean over the data. A plain draw of 2,048 would miss a finding of 1 in 500 in one round of 60; here the only
 * departure from equal chances is that a finding gets at least two images. Rows in rising order; all when there are
 * no more. `labels` are bits by row (FINDINGS).
 */
export function drawStratified(o: {
  labels: ArrayLike<number>;
  count: number;
  seed: string;
  purpose: string;
}): Uint32Array {
  const strata = strataOf(o.labels);
  const sizes = strata.map(({ length }) => length);
  const drawn = allot(sizes, Math.min(o.count, o.labels.length)).flatMap((count, stratum) => {
    const rows = strata[stratum] as number[];
    const purpose = `${o.purpose}:${stratum}`;
    const places = drawIndices({ population: rows.length, count, seed: o.seed, purpose });
    return Array.from(places, (place) => rows[place] as number);
  });
  return Uint32Array.from(drawn).sort();
}

/** Fingerprint of a sample of a data set: equal exactly when the same images of the same data were drawn. */
export function sampleDigest(dataDigest: string, indices: Uint32Array): string {
  const bytes = Buffer.alloc(indices.length * 4);
  indices.forEach((index, position) => bytes.writeUInt32LE(index, position * 4));
  return createHash('sha256').update(dataDigest).update(bytes).digest('hex');
}

/** Rows by their rarest finding, in the order of FINDINGS; rows without any are the last stratum. */
function strataOf(labels: ArrayLike<number>): number[][] {
  const has = (row: number, finding: number) => ((labels[row] as number) & (1 << finding)) !== 0;
  const counts = FINDINGS.map(() => 0);
  for (let row = 0; row < labels.length; row++) {
    counts.forEach((count, finding) => (counts[finding] = count + Number(has(row, finding))));
  }
  const rarestFirst = FINDINGS.map((_, finding) => finding).sort(
    (a, b) => (counts[a] as number) - (counts[b] as number) || a - b,
  );
  const strata: number[][] = [...FINDINGS, undefined].map(() => []);
  for (let row = 0; row < labels.length; row++) {
    const rarest = rarestFirst.find((finding) => has(row, finding));
    strata[rarest ?? FINDINGS.length]?.push(row);
  }
  return strata;
}

/** Splits `total` over the strata: proportionally by largest remainders, and the least that a finding gets. */
function allot(sizes: readonly number[], total: number): number[] {
  const population = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => (population === 0 ? 0 : (total * size) / population));
  const least = sizes.map((size, stratum) =>
    stratum === FINDINGS.length ? 0 : Math.min(LEAST_OF_A_FINDING, size),
  );
  const counts = quotas.map((quota, stratum) => Math.max(Math.floor(quota), least[stratum] as number));
  const owed = (stratum: number) => (quotas[stratum] as number) - (counts[stratum] as number);
  const strata = sizes.map((_, stratum) => stratum);
  for (let sum = counts.reduce((a, b) => a + b, 0); sum !== total; sum += sum < total ? 1 : -1) {
    const step = sum < total ? 1 : -1;
    const open = strata.filter((stratum) => {
      const next = (counts[stratum] as number) + step;
      return next >= 0 && next <= (sizes[stratum] as number);
    });
    // Rather below a finding's least than more images than were asked for: only in samples of a few dozen.
    const willing = open.filter(
      (stratum) => step > 0 || (counts[stratum] as number) > (least[stratum] as number),
    );
    const chosen = (willing.length > 0 ? willing : open).reduce((best, stratum) =>
      step * owed(stratum) > step * owed(best) ? stratum : best,
    );
    counts[chosen] = (counts[chosen] as number) + step;
  }
  return counts;
}

/** A function that gives uniform integers in 0..limit-1; words that would favour small ones are thrown away. */
function uniformIntegers(seed: string): (limit: number) => number {
  let words: Buffer = Buffer.alloc(0);
  let offset = 0;
  let counter = 0;
  const nextWord = () => {
    if (offset >= words.length) {
      words = createHash('sha256').update(`${seed}:${counter++}`).digest();
      offset = 0;
    }
    const word = words.readUInt32LE(offset);
    offset += 4;
    return word;
  };
  return (limit) => {
    const fair = Math.floor(2 ** 32 / limit) * limit;
    for (;;) {
      const word = nextWord();
      if (word < fair) return word % limit;
    }
  };
}
