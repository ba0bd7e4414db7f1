import { describe, expect, test } from '@jest/globals';
import {
  countedWeights,
  stakeMedian,
} from '../../../../../src/localnet/chain/calls/subtensor/yuma/weights.js';
import { neuron, validator } from './neurons.js';

describe('the weights that count', () => {
  const rowOf = (from: ReturnType<typeof neuron>, ...others: ReturnType<typeof neuron>[]) =>
    countedWeights([from, ...others])[0];

  test('are shares of the row, without a weight for oneself', () => {
    const from = validator(5n, [
      [0, 9],
      [1, 30],
      [2, 10],
    ]);
    expect(rowOf(from, neuron(), neuron())).toEqual([0, 0.75, 0.25]);
  });

  test('are none without a permit', () => {
    expect(rowOf(validator(5n, [[1, 1]], { permit: false }), neuron())).toEqual([0, 0]);
  });

  test('of the owner need no permit and may be for itself', () => {
    const owner = validator(
      0n,
      [
        [0, 3],
        [1, 1],
      ],
      { permit: false, owner: true },
    );
    expect(rowOf(owner, neuron())).toEqual([0.75, 0.25]);
  });

  test('leave out uids that changed hands when or after they were set', () => {
    const from = validator(5n, [
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    const at = (registeredAt: bigint) => neuron({ registeredAt });
    expect(rowOf(from, at(89n), at(90n), at(95n))).toEqual([0, 1, 0, 0]);
  });

  test('leave out uids that changed hands after the commit that waits for its reveal', () => {
    const from = validator(
      5n,
      [
        [1, 1],
        [2, 1],
      ],
      { pendingCommit: 60n },
    );
    expect(rowOf(from, neuron({ registeredAt: 60n }), neuron({ registeredAt: 61n }))).toEqual([0, 1, 0]);
  });

  test('leave out uids that do not exist', () => {
    expect(
      rowOf(
        validator(5n, [
          [1, 1],
          [7, 1],
        ]),
        neuron(),
      ),
    ).toEqual([0, 1]);
  });
});

describe('the stake-weighted median', () => {
  const KAPPA = 32_767 / 65_535;

  test('is the greatest value that about half of the stake stands behind', () => {
    expect(stakeMedian([0.3, 0.3, 0.4], [0.9, 0.5, 0.1], KAPPA)).toBe(0.5);
    expect(stakeMedian([0.6, 0.4], [0.1, 0.9], KAPPA)).toBe(0.1);
    expect(stakeMedian([0.4, 0.6], [0.1, 0.9], KAPPA)).toBe(0.9);
  });

  test('of two equal halves is the greater one, as kappa is just below a half', () => {
    expect(stakeMedian([0.5, 0.5], [0.2, 0.8], KAPPA)).toBe(0.8);
  });

  test('hears nobody without stake, and is 0 when nobody has any', () => {
    expect(stakeMedian([0, 1], [0.9, 0.3], KAPPA)).toBe(0.3);
    expect(stakeMedian([0, 0], [0.9, 0.3], KAPPA)).toBe(0);
  });

  test('asks for more agreement with a larger kappa', () => {
    expect(stakeMedian([0.6, 0.4], [0.9, 0.1], 0.5)).toBe(0.9);
    expect(stakeMedian([0.6, 0.4], [0.9, 0.1], 0.7)).toBe(0.1);
  });
});
