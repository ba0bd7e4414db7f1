import { setImmediate } from 'node:timers/promises';
import { HealthTensorError } from '../../common/index.js';
import { Clusters } from './clusters.js';
import { FEATURES } from './picture-features.js';

/** Images, by their position, of which each resembles another one of the group. */
export interface SimilarGroup {
  readonly members: readonly number[];
  /** The least similarity that joins two of them, 0 to 1. */
  readonly similarity: number;
}

export interface SearchOptions {
  /** Least similarities to group by, the highest first. */
  readonly thresholds: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** Up to so many images every pair is compared; beyond, those that share part of a hash. */
  readonly exhaustiveUpTo?: number;
}

const WORDS = FEATURES / 32;
/** Of 256 bits; two pictures with a similarity of 0.9 differ in 37 on average. */
const MOST_DIFFERENT_BITS = 80;
const EXHAUSTIVE_UP_TO = 4096;
/** Sorted lists, each by other bits of the hash. More find more: see docs/data.md for how many are missed. */
const LISTS = 48;
/** Comparisons an image and list at most, however alike the images are: the search stays linear in their number. */
const WINDOW = 64;
/** A position and 32 bits of hash fit the 53 bits of a number. */
const POSITION_BITS = 21;
const MEDIAN_SAMPLE = 2048;
const YIELD_MS = 20;
/** Bound once: these run a hundred million times. */
const { floor, imul } = Math;

/**
 * Groups the pictures that are at least so similar, once for each threshold. Their hash has a bit a feature (above or below the
 * median); pictures that agree in the first bits of one of 48 random orders of them are compared (locality-sensitive
 * hashing, Indyk & Motwani 1998, with the sorted lists of Charikar 2002), so that a hundred thousand take seconds.
 * @param features `count` times FEATURES numbers of `pictureFeatures`
 * @throws HealthTensorError TOO_MANY_IMAGES above two millions; the signal's reason
 */
export async function findSimilar(
  features: Int8Array,
  count: number,
  o: SearchOptions,
): Promise<SimilarGroup[][]> {
  if (count > 2 ** POSITION_BITS) {
    throw new HealthTensorError('TOO_MANY_IMAGES', `${count} images are too many to be compared`, {
      remedy: `Check parts of at most ${2 ** POSITION_BITS} images.`,
    });
  }
  o.signal?.throwIfAborted();
  const search = new Search(features, count, o);
  if (count <= (o.exhaustiveUpTo ?? EXHAUSTIVE_UP_TO)) await search.compareAll();
  else for (let list = 0; list < LISTS; list++) await search.compareNeighbours(list);
  return search.clusters.map((clusters) => clusters.groups());
}

class Search {
  /** One a threshold. */
  readonly clusters: readonly Clusters[];
  readonly #features: Int8Array;
  readonly #count: number;
  readonly #options: SearchOptions;
  readonly #hashes: Int32Array;
  #yielded = performance.now();

  constructor(features: Int8Array, count: number, options: SearchOptions) {
    this.#features = features;
    this.#count = count;
    this.#options = options;
    this.#hashes = hashesOf(features, count);
    this.clusters = options.thresholds.map(() => new Clusters(count));
  }

  async compareAll(): Promise<void> {
    for (let a = 0; a < this.#count; a++) {
      await this.#breathe();
      for (let b = a + 1; b < this.#count; b++) this.#compare(a, b);
    }
  }

  async compareNeighbours(list: number): Promise<void> {
    const order = bitOrder(list);
    const sorted = Float64Array.from({ length: this.#count }, (_, position) => this.#key(position, order));
    sorted.sort();
    // About eight strangers share so many bits with an image; those who share more stand nearest in the list.
    const free = 32 - Math.max(8, Math.ceil(Math.log2(this.#count)) - 3);
    const prefix = 2 ** (POSITION_BITS + free);
    for (let i = 0; i < this.#count; i++) {
      if (i % 1024 === 0) await this.#breathe();
      const own = sorted[i] as number;
      const bucket = floor(own / prefix);
      const end = Math.min(this.#count, i + 1 + WINDOW);
      for (let j = i + 1; j < end; j++) {
        const other = sorted[j] as number;
        if (floor(other / prefix) !== bucket) break;
        this.#compare(own % 2 ** POSITION_BITS, other % 2 ** POSITION_BITS);
      }
    }
  }

  /** 32 bits of the hash in the list's order, then the position. */
  #key(position: number, order: Uint8Array): number {
    let bits = 0;
    for (const bit of order) {
      const word = this.#hashes[position * WORDS + (bit >>> 5)] as number;
      bits = (bits << 1) | ((word >>> (bit & 31)) & 1);
    }
    return (bits >>> 0) * 2 ** POSITION_BITS + position;
  }

  #compare(a: number, b: number): void {
    let different = 0;
    for (let word = 0; word < WORDS; word++) {
      const one = this.#hashes[a * WORDS + word] as number;
      different += ones(one ^ (this.#hashes[b * WORDS + word] as number));
    }
    if (different > MOST_DIFFERENT_BITS || this.clusters[0]?.same(a, b) === true) return;
    const similarity = similarityOf(
      this.#features.subarray(a * FEATURES, (a + 1) * FEATURES),
      this.#features.subarray(b * FEATURES, (b + 1) * FEATURES),
    );
    this.#options.thresholds.forEach((threshold, i) => {
      if (similarity >= threshold) this.clusters[i]?.join(a, b, similarity);
    });
  }

  /** Lets others have the event loop now and then. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#yielded < YIELD_MS) return;
    await setImmediate();
    this.#options.signal?.throwIfAborted();
    this.#yielded = performance.now();
  }
}

/** Of two results of `pictureFeatures`: 1 for the same picture, about 0 for two. */
export function similarityOf(a: Int8Array, b: Int8Array): number {
  let product = 0;
  let lengths = 0;
  let others = 0;
  for (let i = 0; i < FEATURES; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    product += x * y;
    lengths += x * x;
    others += y * y;
  }
  return product / Math.sqrt(lengths * others);
}

/** Bit i of an image: whether feature i is above the median of the images here, so that half of them have it. */
function hashesOf(features: Int8Array, count: number): Int32Array {
  const step = Math.max(1, Math.floor(count / MEDIAN_SAMPLE));
  const medians = Int8Array.from({ length: FEATURES }, (_, feature) => {
    const sample: number[] = [];
    for (let i = 0; i < count; i += step) sample.push(features[i * FEATURES + feature] as number);
    return sample.sort((a, b) => a - b)[sample.length >> 1] ?? 0;
  });
  const hashes = new Int32Array(count * WORDS);
  for (let i = 0; i < count * FEATURES; i++) {
    const bit = (features[i] as number) > (medians[i % FEATURES] as number) ? 1 : 0;
    hashes[i >>> 5] = (hashes[i >>> 5] as number) | (bit << (i & 31));
  }
  return hashes;
}

/** 32 different bits out of 1..255, others for each list and the same in each run (Park & Miller's generator). */
function bitOrder(list: number): Uint8Array {
  const bits = Uint8Array.from({ length: FEATURES - 1 }, (_, i) => i + 1); // feature 0 is constant
  let state = list + 1;
  for (let i = 0; i < 32; i++) {
    for (let warm = 0; warm < 3; warm++) state = (state * 48_271) % 0x7fff_ffff;
    const other = i + (state % (bits.length - i));
    [bits[i], bits[other]] = [bits[other] as number, bits[i] as number];
  }
  return bits.slice(0, 32);
}

/** How many bits of a 32-bit number are 1 (Warren, Hacker's Delight, 5-1). */
function ones(value: number): number {
  let v = value - ((value >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
