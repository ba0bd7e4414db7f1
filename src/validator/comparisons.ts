import { setImmediate } from 'node:timers/promises';
import type { EvaluationStore } from './evaluation-store.js';
import { type PairedDifference, pairedDifference } from './paired-difference.js';
import { MOST_COMMON_SAMPLES } from './state-pruning.js';

/** A model and the samples on which it was evaluated in fp32, the oldest first. */
export interface Measured {
  readonly modelId: string;
  readonly samples: readonly string[];
}

const PAIRS_AT_ONCE = 64;

/** Paired differences of models over all images that both were evaluated on, an image counting once. */
export class Comparisons {
  readonly #evaluations: Pick<EvaluationStore, 'losses' | 'sample'>;
  readonly #known = new Map<string, PairedDifference | undefined>();

  constructor(evaluations: Pick<EvaluationStore, 'losses' | 'sample'>) {
    this.#evaluations = evaluations;
  }

  /** Computes these pairs, without holding up the process; `of` knows them afterwards, and nothing else. */
  async prepare(pairs: readonly (readonly [Measured, Measured])[], patients: Uint32Array): Promise<void> {
    const known = new Map(this.#known);
    this.#known.clear();
    const losses = new Map<string, Float32Array | undefined>();
    const lossesOf = (modelId: string, sample: string) => {
      const key = `${modelId} ${sample}`;
      if (!losses.has(key)) losses.set(key, this.#evaluations.losses(modelId, sample));
      return losses.get(key);
    };
    const indices = new Map<string, Uint32Array | undefined>();
    const indicesOf = (sample: string) => {
      if (!indices.has(sample)) indices.set(sample, this.#evaluations.sample(sample)?.indices);
      return indices.get(sample);
    };
    for (const [place, [a, b]] of pairs.entries()) {
      if (place % PAIRS_AT_ONCE === PAIRS_AT_ONCE - 1) await setImmediate();
      const common = commonSamples(a, b);
      const key = keyOf(a, b, common);
      this.#known.set(
        key,
        known.has(key)
          ? known.get(key)
          : compare(a.modelId, b.modelId, common, { lossesOf, indicesOf, patients }),
      );
    }
  }

  /** How `worse` differs from `better`: above 0 when `better` is better. Undefined without a common image, or unprepared. */
  of(better: Measured, worse: Measured): PairedDifference | undefined {
    const common = commonSamples(better, worse);
    const found = this.#known.get(keyOf(better, worse, common));
    if (found !== undefined) return found;
    const mirrored = this.#known.get(keyOf(worse, better, common));
    return mirrored && { ...mirrored, difference: -mirrored.difference };
  }
}

/** The oldest that both have seen; the same later on, when the state forgets those that are beyond them. */
function commonSamples(a: Measured, b: Measured): string[] {
  const others = new Set(b.samples);
  return a.samples.filter((sample) => others.has(sample)).slice(0, MOST_COMMON_SAMPLES);
}

function keyOf(a: Measured, b: Measured, common: readonly string[]): string {
  return [a.modelId, b.modelId, ...common].join(' ');
}

function compare(
  better: string,
  worse: string,
  samples: readonly string[],
  o: {
    lossesOf: (modelId: string, sample: string) => Float32Array | undefined;
    indicesOf: (sample: string) => Uint32Array | undefined;
    patients: Uint32Array;
  },
): PairedDifference | undefined {
  const differences: number[] = [];
  const patients: number[] = [];
  const seen = new Set<number>();
  for (const sample of samples) {
    const indices = o.indicesOf(sample);
    const ofBetter = o.lossesOf(better, sample);
    const ofWorse = o.lossesOf(worse, sample);
    if (indices === undefined || ofBetter === undefined || ofWorse === undefined) continue;
    for (let image = 0; image < indices.length; image++) {
      const row = indices[image] as number;
      if (samples.length > 1) {
        if (seen.has(row)) continue;
        seen.add(row);
      }
      differences.push((ofWorse[image] as number) - (ofBetter[image] as number));
      patients.push(o.patients[row] as number);
    }
  }
  return differences.length === 0 ? undefined : pairedDifference(differences, patients);
}
