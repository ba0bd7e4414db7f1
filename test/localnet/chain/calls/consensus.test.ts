import { describe, expect, test } from '@jest/globals';
import {
  stakeWeightedConsensus,
  validatorPermits,
  type EpochNeuron,
} from '../../../../src/localnet/chain/calls/subtensor/consensus.js';
import {
  blocksUntilAutoEpoch,
  epochDue,
  nextEpochBlock,
} from '../../../../src/localnet/chain/calls/subtensor/epoch-schedule.js';

const SETTINGS = {
  block: 100,
  activityCutoff: 50,
  maxValidators: 2,
  stakeThreshold: 0n,
  emission: 1_000_000n,
};

function neuron(changes: Partial<EpochNeuron>): EpochNeuron {
  return {
    stake: 0n,
    lastUpdate: 90n,
    registeredAt: 1n,
    permit: false,
    owner: false,
    weights: [],
    ...changes,
  };
}

describe('the stake-weighted consensus', () => {
  const miners = [neuron({}), neuron({})];
  const validator = (stake: bigint, weights: EpochNeuron['weights'], changes: Partial<EpochNeuron> = {}) =>
    neuron({ stake, weights, permit: true, ...changes });

  test('weighs every validator by its stake and shares emission between miners and validators', () => {
    const result = stakeWeightedConsensus(
      [...miners, validator(300n, [[0, 65535]]), validator(100n, [[1, 7]])],
      SETTINGS,
    );
    expect(result.incentive).toEqual([49151, 16384, 0, 0]);
    expect(result.dividends).toEqual([0, 0, 49151, 16384]);
    expect(result.emission).toEqual([375_000n, 125_000n, 375_000n, 125_000n]);
    expect(result.permits).toEqual([false, false, true, true]);
  });

  test('leaves out weights for oneself, for uids that changed hands, of silent validators and without a permit', () => {
    const only = (changed: EpochNeuron) => stakeWeightedConsensus([...miners, changed], SETTINGS).incentive;
    expect(
      only(
        validator(5n, [
          [2, 9],
          [0, 1],
        ]),
      ),
    ).toEqual([65535, 0, 0]);
    expect(only(validator(5n, [[0, 1]], { lastUpdate: 49n }))).toEqual([0, 0, 0]);
    expect(only(validator(5n, [[0, 1]], { permit: false }))).toEqual([0, 0, 0]);
    const replaced = [
      neuron({ registeredAt: 95n }),
      neuron({}),
      validator(5n, [
        [0, 3],
        [1, 1],
      ]),
    ];
    expect(stakeWeightedConsensus(replaced, SETTINGS).incentive).toEqual([0, 65535, 0]);
  });

  test('is all zeros when nobody set weights', () => {
    const result = stakeWeightedConsensus(miners, SETTINGS);
    expect([result.incentive, result.dividends, result.emission]).toEqual([
      [0, 0],
      [0, 0],
      [0n, 0n],
    ]);
  });

  test('gives permits to the largest stakes above the threshold and to the owner', () => {
    const stakes = [5n, 0n, 9n, 7n].map((stake) => ({ stake, owner: false }));
    expect(validatorPermits(stakes, { maxValidators: 2, stakeThreshold: 0n })).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(validatorPermits(stakes, { maxValidators: 9, stakeThreshold: 6n })).toEqual([
      false,
      false,
      true,
      true,
    ]);
    const owned = [{ stake: 0n, owner: true }, ...stakes];
    expect(validatorPermits(owned, { maxValidators: 1, stakeThreshold: 0n })).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});

describe('the epoch schedule', () => {
  const schedule = { tempo: 50, lastEpochBlock: 10n, pendingEpochAt: 0n, blocksSinceLastStep: 0n };

  test('fires a tempo after the last epoch, when one is pending, or after very long; never at tempo 0', () => {
    expect([epochDue(schedule, 59), epochDue(schedule, 60)]).toEqual([false, true]);
    expect(epochDue({ ...schedule, pendingEpochAt: 30n }, 30)).toBe(true);
    expect(epochDue({ ...schedule, blocksSinceLastStep: 50_401n }, 11)).toBe(true);
    expect(epochDue({ ...schedule, tempo: 0 }, 10_000)).toBe(false);
  });

  test('tells the next block that fires', () => {
    expect(nextEpochBlock(schedule)).toBe(60n);
    expect(nextEpochBlock({ ...schedule, tempo: 20, lastEpochBlock: 80n, pendingEpochAt: 95n })).toBe(95n);
    expect(nextEpochBlock({ ...schedule, tempo: 0 })).toBeUndefined();
    expect([blocksUntilAutoEpoch(schedule, 58), blocksUntilAutoEpoch(schedule, 70)]).toEqual([2n, 0n]);
    expect(blocksUntilAutoEpoch({ ...schedule, tempo: 0 }, 58)).toBeUndefined();
  });
});
