import { describe, expect, test } from '@jest/globals';
import { yumaConsensus } from '../../../../../src/localnet/chain/calls/subtensor/yuma/consensus.js';
import type { SparseRow } from '../../../../../src/localnet/chain/calls/subtensor/yuma/neuron.js';
import { neuron, SETTINGS, validator } from './neurons.js';

/** Two miners, uids 0 and 1, and what honest validators say of them. */
const MINERS = [neuron(), neuron()];
const HONEST: SparseRow = [
  [0, 30_000],
  [1, 10_000],
];
const LIE: SparseRow = [[1, 65_535]];

describe('Yuma consensus', () => {
  test('gives miners the incentive that all validators agree on, and half of the emission', () => {
    const result = yumaConsensus([...MINERS, validator(300n, HONEST), validator(100n, HONEST)], SETTINGS);
    expect(result.incentive).toEqual([49_151, 16_383, 0, 0]);
    expect(result.consensus).toEqual([49_151, 16_383, 0, 0]);
    expect(result.dividends).toEqual([0, 0, 49_151, 16_383]);
    expect(result.validatorTrust).toEqual([0, 0, 65_535, 65_535]);
    expect(result.emission).toEqual([375_000n, 125_000n, 375_000n, 125_000n]);
  });

  test('clips a validator who lies alone: the liar moves nothing and loses trust and dividends', () => {
    const agreed = yumaConsensus([...MINERS, validator(70n, HONEST), validator(30n, HONEST)], SETTINGS);
    const lied = yumaConsensus([...MINERS, validator(70n, HONEST), validator(30n, LIE)], SETTINGS);
    expect(lied.consensus).toEqual(agreed.consensus);
    // The liar's weight for miner 1 counts no higher than the consensus of 0.25, its missing one for miner 0 as zero.
    expect(lied.validatorTrust).toEqual([0, 0, 65_535, 16_383]);
    expect(lied.incentive[1]).toBe(Math.floor(65_535 * (0.25 / (0.7 * 0.75 + 0.25))));
    expect(lied.dividends[3]).toBeLessThan((agreed.dividends[3] ?? 0) / 2);
  });

  test('follows a lie that has the larger half of the stake behind it', () => {
    const result = yumaConsensus([...MINERS, validator(30n, HONEST), validator(70n, LIE)], SETTINGS);
    expect(result.consensus).toEqual([0, 65_535, 0, 0]);
    expect(result.incentive).toEqual([0, 65_535, 0, 0]);
  });

  test('pays a copy of the consensus as much as the same stake that made it', () => {
    const validators = [validator(50n, HONEST), validator(50n, HONEST), validator(50n, HONEST)];
    const { dividends } = yumaConsensus([...MINERS, ...validators], SETTINGS);
    expect(dividends.slice(2)).toEqual([21_845, 21_845, 21_845]);
  });

  test('lets incentive respond to the weights', () => {
    const incentive = (weights: SparseRow) =>
      yumaConsensus([...MINERS, validator(5n, weights)], SETTINGS).incentive;
    expect(incentive([[0, 1]])).toEqual([65_535, 0, 0]);
    expect(incentive([[1, 1]])).toEqual([0, 65_535, 0]);
    expect(
      incentive([
        [0, 1],
        [1, 3],
      ]),
    ).toEqual([16_383, 49_151, 0]);
  });

  test('leaves out validators that were silent for longer than the cutoff, and says that they are not active', () => {
    const silent = validator(900n, LIE, { lastUpdate: 49n });
    const result = yumaConsensus([...MINERS, validator(100n, HONEST), silent], SETTINGS);
    expect(result.active).toEqual([true, true, true, false]);
    expect(result.incentive).toEqual([49_151, 16_383, 0, 0]);
    expect(result.dividends).toEqual([0, 0, 65_535, 0]);
    const spoke = yumaConsensus(
      [...MINERS, validator(100n, HONEST), validator(900n, LIE, { lastUpdate: 50n })],
      SETTINGS,
    );
    expect(spoke.incentive).toEqual([0, 65_535, 0, 0]);
  });

  test('leaves out validators below the threshold, whose permit ends, but not the owner', () => {
    const settings = { ...SETTINGS, stakeThreshold: 100n };
    const low = yumaConsensus([...MINERS, validator(99n, LIE), validator(100n, HONEST)], settings);
    expect(low.incentive).toEqual([49_151, 16_383, 0, 0]);
    expect(low.permits).toEqual([false, false, false, true]);
    const owner = validator(99n, LIE, { permit: false, owner: true });
    const owned = yumaConsensus([...MINERS, owner], settings);
    expect(owned.incentive).toEqual([0, 65_535, 0]);
    expect(owned.permits).toEqual([false, false, true]);
  });

  test('gives everything to active stake while nobody set weights, and to any stake when none is active', () => {
    const idle = [...MINERS, validator(300n, []), validator(100n, [])];
    const result = yumaConsensus(idle, SETTINGS);
    expect([result.incentive, result.dividends]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(result.emission).toEqual([0n, 0n, 750_000n, 250_000n]);
    const asleep = idle.map((one) => ({ ...one, lastUpdate: 1n }));
    expect(yumaConsensus(asleep, SETTINGS).emission).toEqual([0n, 0n, 750_000n, 250_000n]);
    expect(yumaConsensus(MINERS, SETTINGS).emission).toEqual([0n, 0n]);
  });

  test('reports each share of the stake', () => {
    const result = yumaConsensus([...MINERS, validator(300n, HONEST), validator(100n, HONEST)], SETTINGS);
    expect(result.stakeWeight).toEqual([0, 0, 49_151, 16_383]);
  });

  test('of a subnet without neurons is empty', () => {
    expect(yumaConsensus([], SETTINGS).incentive).toEqual([]);
  });
});
