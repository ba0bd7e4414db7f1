import { createHash } from 'node:crypto';
import { HealthTensorError, type Log } from '../common/index.js';
import { type Dataset, datasetChanged, isCacheOf, openDataset } from '../dataset/index.js';

export interface DataFacts {
  /** Fingerprint of names, labels and version. */
  readonly digest: string;
  readonly images: number;
  /** Bits of the findings (FINDINGS) by row. */
  readonly labels: Uint16Array;
  /** Whose image it is by row: numbers without a meaning, from 0. */
  readonly patients: Uint32Array;
}

/** The validator's images, one pixel cache for each input size that models ask for. */
export class EvaluationData {
  readonly #settings: { path: string; cacheDirectory?: string | undefined };
  readonly #log: Log;
  readonly #opened = new Map<number, Dataset>();
  #facts: DataFacts | undefined;

  constructor(settings: { path: string; cacheDirectory?: string | undefined }, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Undefined before any size was opened. */
  get facts(): DataFacts | undefined {
    return this.#facts;
  }

  /** Forgets what was opened: the data set has been replaced. Never during a round. */
  reopen(): void {
    this.#opened.clear();
    this.#facts = undefined;
  }

  /** Whether an input size has its cache already; a new one costs minutes on a large data set. */
  isOpen(imageSize: number): boolean {
    return this.#opened.has(imageSize);
  }

  /**
   * The pixel cache for an input size. Every size has the same images in the same order, or losses of models
   * with different inputs would not belong to the same images.
   * @throws HealthTensorError from the data set, DATASET_CHANGED
   */
  async open(imageSize: number, signal?: AbortSignal): Promise<{ cachePath: string; facts: DataFacts }> {
    const known = this.#opened.get(imageSize);
    if (known !== undefined && this.#facts !== undefined) {
      return { cachePath: known.cachePath, facts: this.#facts };
    }
    const { path, cacheDirectory } = this.#settings;
    const dataset = await openDataset({
      path,
      imageSize,
      log: this.#log,
      ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
      ...(signal ? { signal } : {}),
    });
    const facts = factsOf(dataset);
    if (facts.images === 0) throw new HealthTensorError('DATASET_EMPTY', `${path} has no readable image.`);
    if (this.#facts !== undefined && this.#facts.digest !== facts.digest) throw this.#changed();
    this.#facts = facts;
    this.#opened.set(imageSize, dataset);
    return { cachePath: dataset.cachePath, facts };
  }

  /**
   * What `work` makes of the pixel cache for an input size. The cache must be there, and the same, to the end: another
   * process that finds the data set changed, or somebody who clears caches, replaces it while it is read.
   * @throws HealthTensorError what `open` throws, DATASET_CHANGED; what `work` throws
   */
  async use<T>(imageSize: number, work: (cachePath: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { cachePath } = await this.open(imageSize, signal);
    const { fingerprint } = this.#opened.get(imageSize) as Dataset;
    const working = work(cachePath);
    await working.catch(() => {}); // whatever came out, it says something only if the images were these
    if (!(await isCacheOf(cachePath, fingerprint))) throw this.#changed();
    return working;
  }

  /** Forgets everything, so that the next round begins with what is there then. */
  #changed(): HealthTensorError {
    this.reopen();
    return datasetChanged(this.#settings.path);
  }
}

function factsOf(dataset: Dataset): DataFacts {
  const { images } = dataset;
  const numbers = new Map<string, number>();
  for (const { patient } of images) if (!numbers.has(patient)) numbers.set(patient, numbers.size);
  return {
    digest: digestOf(dataset),
    images: images.length,
    labels: Uint16Array.from(images, ({ labels }) => labels),
    patients: Uint32Array.from(images, ({ patient }) => numbers.get(patient) as number),
  };
}

/** SHA-256 over files, names and labels in order: two validators with the same one evaluate the same images. */
function digestOf({ images, filesDigest }: Dataset): string {
  const hash = createHash('sha256').update(`${filesDigest}\n`);
  for (const { name, labels } of images) hash.update(`${name}\0${labels}\n`);
  return hash.digest('hex');
}
