import { describe, expect, test } from '@jest/globals';
import {
  blocksUntilAutoEpoch,
  epochDue,
  nextEpochBlock,
} from '../../../../src/localnet/chain/calls/subtensor/epoch-schedule.js';

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
