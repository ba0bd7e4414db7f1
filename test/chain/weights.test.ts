import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { normaliseWeights, sameWeights } from '../../src/chain/weights.js';
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

  test('none gets more than its limit of the sum, and the order stays', () => {
    const { values } = normaliseWeights(scores([0, 1, 2, 3, 4], [10, 1, 1, 2, 0.5]), {
      maxWeightsLimit: 0.3 * 65535,
    });
    const sum = values.reduce((total, value) => total + value, 0);
    expect(Math.max(...values) / sum).toBeLessThanOrEqual(0.3001);
    expect(values[0]).toBe(65535);
    expect(values[3]).toBe(65535); // cut to the same as the first
    expect(values[1]).toBeGreaterThan(values[4] as number);
  });

  test('too few weights are refused, but not a single one for oneself', () => {
    const one = scores([3], [0.4]);
    expect(() => normaliseWeights(one, { minAllowedWeights: 2 })).toThrow(/wants at least 2 weights, 1 /);
    const own = normaliseWeights(one, { minAllowedWeights: 2, maxWeightsLimit: 100, ownUid: 3 });
    expect(own).toEqual({ uids: [3], values: [65535] });
  });

  test('a row of the chain is compared by what it pays', () => {
    const sent = { uids: [0, 4, 5], values: [65535, 0, 7] };
    expect(
      sameWeights(
        [
          [5, 7],
          [0, 65535],
        ],
        sent,
      ),
    ).toBe(true);
    expect(
      sameWeights(
        [
          [0, 65535],
          [5, 7],
          [9, 0],
        ],
        sent,
      ),
    ).toBe(true);
    expect(
      sameWeights(
        [
          [0, 65535],
          [5, 7],
          [9, 1],
        ],
        sent,
      ),
    ).toBe(false);
    expect(sameWeights([[0, 65535]], sent)).toBe(false);
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
    max_weight_limit_u16: number;
    self_uid: number | null;
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
  const ours = ({ input }: Vector) =>
    normaliseWeights(scores(input.uids, input.weights), {
      maxWeightsLimit: input.max_weight_limit_u16,
      minAllowedWeights: input.min_allowed_weights,
      ...(input.self_uid === null ? {} : { ownUid: input.self_uid }),
    });

  test('SDK 11 gives the same values, and refuses the same scores', () => {
    expect(all).toHaveLength(12);
    for (const vector of all) {
      const { sdk11_conform: expected } = vector;
      if ('error' in expected) expect(() => ours(vector)).toThrow(HealthTensorError);
      else expect(ours(vector)).toEqual({ uids: expected.uids, values: expected.values });
    }
  });

  test('SDK 10, where it neither invents weights nor leaves any out, differs by at most 1', () => {
    const invents = (v: Vector) =>
      v.input.weights.filter((w) => w !== 0).length < v.input.min_allowed_weights;
    const same = all.filter(
      (v) => !invents(v) && v.input.exclude_quantile_u16 === 0 && !('error' in v.sdk11_conform),
    );
    expect(same).toHaveLength(5);
    for (const vector of same) {
      const { emit_uids, emit_values } = vector.sdk10_process_weights_then_emit;
      const { uids, values } = ours(vector);
      expect(uids).toEqual(emit_uids);
      values.forEach((value, index) => {
        expect(Math.abs(value - (emit_values[index] as number))).toBeLessThanOrEqual(1);
      });
    }
  });

  test("SDK 10's limit on a single weight gives the same proportions", () => {
    const { normalize_max_weight: limited } = JSON.parse(readFileSync(vectorFile as string, 'utf8')) as {
      normalize_max_weight: { x: number[]; limit: number; y: number[] }[];
    };
    const scored = limited.filter(({ x }) => x.some((each) => each > 0));
    expect(scored.length).toBeGreaterThanOrEqual(3);
    for (const { x, limit, y } of scored) {
      const maxWeightsLimit = Math.round(limit * 65535);
      const { values } = normaliseWeights(scores([...x.keys()], x), { maxWeightsLimit });
      const most = Math.max(...y);
      values.forEach((value, index) => {
        expect(Math.abs(value - ((y[index] as number) / most) * 65535)).toBeLessThanOrEqual(3);
      });
    }
  });
});
