import { describe, expect, test } from '@jest/globals';
import {
  isPayoutName,
  PAYOUT_CURVES,
  PAYOUT_NAMES,
  rewardOfRank,
} from '../../../src/validator/payout/curves.js';
import { formatSimulation, simulatePayouts } from '../../../src/validator/payout/simulate.js';

const simulated = (miners: number, copies: number) =>
  Object.fromEntries(simulatePayouts({ miners, copies }).map((one) => [one.payout, one]));

describe('payout curves', () => {
  test.each(PAYOUT_NAMES)('%s never pays a worse rank more, nor less than nothing', (name) => {
    const { rewardOf } = PAYOUT_CURVES[name];
    const rewards = Array.from({ length: 4096 }, (_, rank) => rewardOf(rank));
    expect(rewards[0]).toBeGreaterThan(0);
    expect(rewards.every((reward, rank) => reward >= 0 && reward <= (rewards[rank - 1] ?? Infinity))).toBe(
      true,
    );
  });

  test('are the original’s when nothing is said', () => {
    expect([rewardOfRank(0), rewardOfRank(1)]).toEqual([30, 0.98]);
  });

  test('are known by their names alone', () => {
    expect(isPayoutName('steep')).toBe(true);
    expect(isPayoutName('constructor')).toBe(false);
  });
});

describe('the simulation', () => {
  test('pays the best of 256 by the original’s curve 38.1 %', () => {
    expect(simulated(256, 0).original?.best).toBeCloseTo(0.381, 3);
  });

  test('pays copies that are found nothing, and shows what they would take', () => {
    const { original, winner } = simulated(256, 10);
    expect([original?.foundCopy, original?.foundFleet]).toEqual([0, 0]);
    expect(original?.unnoticedFleet).toBeGreaterThan(0.1);
    expect(original?.secondBehindFleet).toBeLessThan(original?.second as number);
    expect(winner?.unnoticedFleet).toBe(0);
  });

  test('of fewer than ten miners has no tenth', () => {
    expect(simulated(3, 0).original?.tenth).toBe(0);
    expect(simulated(1, 0).original).toMatchObject({ best: 1, second: 0, last: 1 });
  });

  test('is a table with a column a curve', () => {
    const lines = formatSimulation(simulatePayouts({ miners: 256, copies: 10 }), {
      miners: 256,
      copies: 10,
    }).split('\n');
    expect(lines[0]?.trim().split(/ +/)).toEqual(PAYOUT_NAMES);
    expect(lines.find((line) => line.startsWith('the best'))).toMatch(/38\.1\d %/);
  });
});
