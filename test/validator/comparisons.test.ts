import { describe, expect, test } from '@jest/globals';
import { Comparisons } from '../../src/validator/comparisons.js';
import type { EvaluationStore } from '../../src/validator/evaluation-store.js';

const SAMPLES: Record<string, number[]> = { s: [0, 1, 2], t: [2, 3] };
const LOSSES: Record<string, number[]> = {
  'a s': [0.1, 0.2, 0.3],
  'b s': [0.2, 0.2, 0.5],
  'a t': [0.3, 0.4],
  'b t': [0.5, 0.8],
  'c t': [0, 0],
};
let asked = 0;
const evaluations = {
  losses: (model: string, sample: string) => {
    asked++;
    const losses = LOSSES[`${model} ${sample}`];
    return losses && Float32Array.from(losses);
  },
  sample: (digest: string) => ({ indices: Uint32Array.from(SAMPLES[digest] ?? []) }),
} as unknown as EvaluationStore;
const a = { modelId: 'a', samples: ['s', 't'] };
const b = { modelId: 'b', samples: ['s', 't'] };
const c = { modelId: 'c', samples: ['t'] };
const patients = Uint32Array.of(0, 1, 1, 2);

describe('comparisons', () => {
  test('pair all images that both models have seen, each once', async () => {
    const comparisons = new Comparisons(evaluations);
    await comparisons.prepare([[a, b]], patients);
    expect(comparisons.of(a, b)).toMatchObject({
      images: 4,
      patients: 3,
      difference: expect.closeTo(0.175, 6),
    });
    expect(comparisons.of(b, a)?.difference).toBeCloseTo(-0.175, 6);
  });

  test('use only the samples that both have', async () => {
    const comparisons = new Comparisons(evaluations);
    await comparisons.prepare([[c, a]], patients);
    expect(comparisons.of(c, a)).toMatchObject({ images: 2, difference: expect.closeTo(0.35, 6) });
  });

  test('say nothing of models without a common image', async () => {
    const comparisons = new Comparisons(evaluations);
    const lonely = { modelId: 'a', samples: ['s'] };
    await comparisons.prepare([[lonely, c]], patients);
    expect(comparisons.of(lonely, c)).toBeUndefined();
  });

  test('are not computed again while the evidence is the same', async () => {
    const comparisons = new Comparisons(evaluations);
    await comparisons.prepare([[a, b]], patients);
    const before = asked;
    await comparisons.prepare([[a, b]], patients);
    expect(asked).toBe(before);
    expect(comparisons.of(a, b)?.images).toBe(4);
  });
});
