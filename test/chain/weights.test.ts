import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { normaliseWeights } from '../../src/chain/weights.js';
import { HealthTensorError } from '../../src/common/errors.js';
import type { Uid } from '../../src/common/identifiers.js';
import { sharedPath } from '../support/shared.js';

const scores = (uids: readonly number[], values: readonly (number | 'NaN')[]) =>
  uids.map((uid, index) => ({ uid: uid as Uid, score: Number(values[index]) }));

describe('weights for the chain', () => {
  test('the largest becomes 65535 and zeros are dropped', () => {
    expect(normaliseWeights(scores([0, 1, 2, 3], [0.1, 0.7, 0.2, 0]))).toEqual({
      uids: [0, 1, 2],
      values: [9362, 65535, 18724],
    });
  });

  test('the order of the uids is kept', () => {
    expect(normaliseWeights(scores([200, 7, 63], [0.2, 0.5, 0.3]))).toEqual({
      uids: [200, 7, 63],
      values: [26214, 65535, 39321],
    });
  });

  test('halves are rounded to the even neighbour, as Python rounds', () => {
    // 1/2 of 65535 is 32767.5, 3/65535 * 0.5 would be 1.5: both go up or down to an even number.
    expect(normaliseWeights(scores([0, 1], [1, 0.5])).values).toEqual([65535, 32768]);
    expect(normaliseWeights(scores([0, 1, 2, 3], [65535 * 2, 1, 3, 5])).values).toEqual([65535, 2, 2]);
  });

  test('a score that rounds to nothing is dropped', () => {
    expect(normaliseWeights(scores([0, 1, 2], [1, 1e-6, 0.5]))).toEqual({
      uids: [0, 2],
      values: [65535, 32768],
    });
  });

  test('scores of any magnitude keep their proportions', () => {
    expect(normaliseWeights(scores([4, 5], [1e300, 5e299])).values).toEqual([65535, 32768]);
    expect(normaliseWeights(scores([4, 5], [1e-300, 5e-301])).values).toEqual([65535, 32768]);
  });

  test.each([
    ['no scores', []],
    ['only zeros', scores([0, 1], [0, 0])],
    ['a NaN', scores([0, 1], [0.5, 'NaN'])],
    ['an infinite score', scores([0, 1], [0.5, Infinity])],
    ['a negative score', scores([0, 1], [0.5, -0.1])],
    ['a uid twice', scores([3, 3], [0.5, 0.1])],
    ['a uid over 16 bits', scores([70_000], [1])],
  ])('%s is refused instead of being made into weights', (_what, input) => {
    expect(() => normaliseWeights(input)).toThrow(HealthTensorError);
    expect(() => normaliseWeights(input)).toThrow(/Weights cannot be made/);
  });
});

interface Vector {
  name: string;
  input: {
    uids: number[];
    weights: (number | 'NaN')[];
    num_neurons: number;
    min_allowed_weights: number;
    max_weight_limit: number;
    exclude_quantile_u16: number;
  };
  sdk10_process_weights_then_emit: { emit_uids: number[]; emit_values: number[] };
  sdk11_conform: { uids: number[]; values: number[] } | { error: string };
}

const vectorFile = sharedPath('reference/vectors/weights.json');
const withVectors = vectorFile === undefined ? describe.skip : describe;

withVectors('the reference vectors (skipped without HEALTHTENSOR_TEST_SHARED)', () => {
  const all =
    vectorFile === undefined
      ? []
      : (JSON.parse(readFileSync(vectorFile, 'utf8')) as { vectors: Vector[] }).vectors;
  // The chain no longer enforces a maximum, so the vectors about one do not apply here.
  const unlimited = all.filter(({ input }) => input.max_weight_limit === 1);
  const enough = (v: Vector) => v.input.weights.filter((w) => w !== 0).length >= v.input.min_allowed_weights;

  test('SDK 11 gives the same values, and refuses the same scores', () => {
    expect(unlimited.length).toBeGreaterThanOrEqual(8);
    for (const { sdk11_conform: expected, input } of unlimited.filter(enough)) {
      const ours = () => normaliseWeights(scores(input.uids, input.weights));
      if ('error' in expected) expect(ours).toThrow(HealthTensorError);
      else expect(ours()).toEqual({ uids: expected.uids, values: expected.values });
    }
  });

  test('SDK 10, where it does not invent weights, differs by at most 1', () => {
    const same = unlimited.filter(
      (v) => enough(v) && v.input.exclude_quantile_u16 === 0 && !('error' in v.sdk11_conform),
    );
    expect(same.length).toBeGreaterThanOrEqual(3);
    for (const { sdk10_process_weights_then_emit: expected, input } of same) {
      const ours = normaliseWeights(scores(input.uids, input.weights));
      expect(ours.uids).toEqual(expected.emit_uids);
      ours.values.forEach((value, index) => {
        expect(Math.abs(value - (expected.emit_values[index] as number))).toBeLessThanOrEqual(1);
      });
    }
  });
});
