import { describe, expect, test } from '@jest/globals';
import {
  type CountedSchedule,
  epochOfNextBlock,
  hadEpochSince,
  nextEpochBlock,
  predictReveal,
  type StatefulSchedule,
} from '../../src/chain/epoch-schedule.js';

const stateful = (over: Partial<StatefulSchedule>): StatefulSchedule => ({
  kind: 'stateful',
  head: 10,
  tempo: 50,
  lastEpochBlock: 10,
  pendingEpochAt: 0,
  epochIndex: 0,
  blocksSinceLastStep: 0,
  ...over,
});

/** What the SDK predicts: a commit in the block after the head. */
const predict = (schedule: StatefulSchedule | CountedSchedule, period = 1) =>
  predictReveal(schedule, { commitBlock: schedule.head + 1, period });

describe('the stateful epoch schedule', () => {
  // bittensor-core, timelock/epoch_schedule_vectors.rs
  test("gives subtensor's own vectors", () => {
    expect(predict(stateful({ lastEpochBlock: 10, tempo: 50, head: 10 })).firstRevealBlock).toBe(60);
    const triggered = stateful({ lastEpochBlock: 80, pendingEpochAt: 95, tempo: 20, head: 91 });
    expect(predict(triggered).firstRevealBlock).toBe(95);
    expect(predict(stateful({ lastEpochBlock: 100, tempo: 50, head: 120 })).commitEpoch).toBe(0);
    expect(() => predict(stateful({ tempo: 0 }))).toThrow(/has tempo 0: it runs no epochs/);
    // The same blocks, asked for as the next epoch.
    expect(nextEpochBlock(stateful({ lastEpochBlock: 10, tempo: 50, head: 10 }))).toBe(60);
    expect(nextEpochBlock(triggered)).toBe(95);
    expect(nextEpochBlock(stateful({ tempo: 0 }))).toBeUndefined();
  });

  test('a window is one epoch long', () => {
    expect(predict(stateful({ epochIndex: 7 }))).toEqual({
      commitEpoch: 7,
      firstRevealBlock: 60,
      lastRevealBlock: 109,
    });
    expect(predict(stateful({ epochIndex: 7 }), 3)).toEqual({
      commitEpoch: 7,
      firstRevealBlock: 160,
      lastRevealBlock: 209,
    });
  });

  test('a commit in the block of an epoch belongs to the new one', () => {
    const schedule = stateful({ head: 59, epochIndex: 7 });
    expect(predict(schedule)).toMatchObject({ commitEpoch: 8, firstRevealBlock: 110 });
    expect(epochOfNextBlock(schedule)).toBe(8);
    expect(predict(stateful({ head: 58, epochIndex: 7 }))).toMatchObject({ commitEpoch: 7 });
  });

  test('a commit that is already in the head is filed as that block was executed', () => {
    const after = stateful({ head: 60, lastEpochBlock: 60, epochIndex: 8, blocksSinceLastStep: 0 });
    const at = (schedule: StatefulSchedule, commitBlock: number) =>
      predictReveal(schedule, { commitBlock, period: 1 });
    expect(at(after, 60)).toEqual(at(stateful({ head: 58, epochIndex: 7 }), 60));
    // The epoch was due, and deferred to the next block: what is committed now is judged as if it had fired.
    const deferred = stateful({ head: 60, pendingEpochAt: 61, epochIndex: 7, blocksSinceLastStep: 50 });
    expect(at(deferred, 60)).toMatchObject({ commitEpoch: 8, firstRevealBlock: 111 });
  });

  test('an owner who triggers an epoch moves all that follow', () => {
    const schedule = stateful({ lastEpochBlock: 80, pendingEpochAt: 95, tempo: 20, head: 91 });
    expect(predict(schedule, 2)).toMatchObject({ firstRevealBlock: 115, lastRevealBlock: 134 });
    expect(nextEpochBlock({ ...schedule, pendingEpochAt: 0 })).toBe(100);
  });

  test('an epoch that is overdue fires in the next block', () => {
    const overdue = stateful({ head: 500, lastEpochBlock: 10, epochIndex: 7 });
    expect(nextEpochBlock(overdue)).toBe(501);
    expect(predict(overdue)).toMatchObject({ commitEpoch: 8, firstRevealBlock: 551 });
  });

  test('without a successful epoch for a week one is due, whatever the tempo says', () => {
    const stuck = stateful({ head: 1000, lastEpochBlock: 990, tempo: 60_000, blocksSinceLastStep: 50_395 });
    expect(nextEpochBlock(stuck)).toBe(1006);
    // Reveals look before the block counts, so that they see it one block later.
    expect(predict(stuck).firstRevealBlock).toBe(1007);
  });

  test('an epoch has come since a block when it fired after it', () => {
    const fired = stateful({ head: 70, lastEpochBlock: 60 });
    expect([58, 59, 60, 61].map((block) => hadEpochSince(fired, block))).toEqual([true, true, false, false]);
  });

  test('every block reveals when every block is an epoch', () => {
    expect(predict(stateful({ tempo: 1 }))).toEqual({
      commitEpoch: 1,
      firstRevealBlock: 12,
      lastRevealBlock: 12,
    });
  });

  test('a hundred epochs of the longest tempo are foreseen', () => {
    const far = predict(stateful({ tempo: 50_400 }), 100);
    expect(far.lastRevealBlock - far.firstRevealBlock).toBe(50_399);
    expect(far.firstRevealBlock).toBe(10 + 100 * 50_400);
  });
});

/** As runtimes up to spec 402 write it: get_epoch_index, blocks_until_next_epoch and get_reveal_blocks. */
describe('the schedule that counts blocks, of older runtimes', () => {
  const netuid = 31;
  const tempo = 20;
  const counted = (head: number): CountedSchedule => ({ kind: 'counted', head, netuid, tempo });
  const epochIndex = (block: number) => Math.floor((block + netuid + 1) / (tempo + 1));
  const runsEpoch = (block: number) => tempo - ((block + netuid + 1) % (tempo + 1)) === 0;

  test('reveals in the epoch that the runtime derives, for every block of one', () => {
    for (let head = 1000; head < 1000 + 2 * tempo; head++) {
      const block = head + 1;
      const commitEpoch = epochIndex(block) + (runsEpoch(block) ? 1 : 0);
      const window = predict(counted(head), 2);
      expect(window.commitEpoch).toBe(commitEpoch);
      for (const [at, epoch] of [
        [window.firstRevealBlock - 1, commitEpoch + 1],
        [window.firstRevealBlock, commitEpoch + 2],
        [window.lastRevealBlock, commitEpoch + 2],
        [window.lastRevealBlock + 1, commitEpoch + 3],
      ] as const) {
        expect(epochIndex(at)).toBe(epoch);
      }
    }
  });

  test('files salted commits without looking ahead', () => {
    const last = Array.from({ length: 30 }, (_, index) => 1000 + index).find(runsEpoch) as number;
    const salted = predictReveal(counted(last - 1), { commitBlock: last, period: 1, salted: true });
    expect(salted.commitEpoch).toBe(epochIndex(last));
    expect(predict(counted(last - 1)).commitEpoch).toBe(epochIndex(last) + 1);
    expect(nextEpochBlock(counted(last - 1))).toBe(last);
    expect(nextEpochBlock(counted(last))).toBe(last + tempo + 1);
  });

  test('begins an epoch in the block after the one that runs it', () => {
    const runs = Array.from({ length: 30 }, (_, index) => 1000 + index).find(runsEpoch) as number;
    for (const block of [runs - 1, runs, runs + 1])
      expect(hadEpochSince(counted(runs + 5), block)).toBe(epochIndex(block) < epochIndex(runs + 5));
    expect(hadEpochSince({ ...counted(runs + 5), tempo: 0 }, runs)).toBe(false);
  });

  test('has no epochs with tempo 0', () => {
    expect(nextEpochBlock({ ...counted(5), tempo: 0 })).toBeUndefined();
  });
});
