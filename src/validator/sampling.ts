import { createHash } from 'node:crypto';

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

/** Fingerprint of a sample of a data set: equal exactly when the same images of the same data were drawn. */
export function sampleDigest(dataDigest: string, indices: Uint32Array): string {
  const bytes = Buffer.alloc(indices.length * 4);
  indices.forEach((index, position) => bytes.writeUInt32LE(index, position * 4));
  return createHash('sha256').update(dataDigest).update(bytes).digest('hex');
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
