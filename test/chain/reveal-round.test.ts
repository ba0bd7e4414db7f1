import { describe, expect, test } from '@jest/globals';
import { revealRound } from '../../src/chain/reveal-round.js';
import { QUICKNET } from '../../src/common/timelock/index.js';

const headMs = (QUICKNET.genesisTime + 30_000) * 1000;
const time = { head: 1000, headMs, blockMs: 12_000 };

describe('the reveal round', () => {
  test('is the one of three blocks after the first reveal block', () => {
    const round = revealRound({ time, firstRevealBlock: 1100, beacon: QUICKNET, lastStoredRound: 0 });
    expect(round).toBe((30_000 + 103 * 12) / 3);
  });

  test('is on the chain before the window is over, with quick blocks and slow rounds too', () => {
    const quick = { head: 10, headMs, blockMs: 250 };
    const beacon = { ...QUICKNET, period: 1 };
    const round = revealRound({ time: quick, firstRevealBlock: 20, beacon, lastStoredRound: 0 });
    const appears = beacon.genesisTime + (round - 1) * beacon.period;
    const window = [20, 29].map((block) => headMs / 1000 + (block - 10) * 0.25);
    expect(appears).toBeLessThanOrEqual(window[1] as number);
    expect(appears).toBeGreaterThanOrEqual((window[0] as number) - 2 * beacon.period);
  });

  test('is never one that is known already', () => {
    const late = revealRound({ time, firstRevealBlock: 1001, beacon: QUICKNET, lastStoredRound: 20_000 });
    expect(late).toBe(20_012);
    const early = { ...time, headMs: 0 };
    expect(revealRound({ time: early, firstRevealBlock: 1001, beacon: QUICKNET, lastStoredRound: 0 })).toBe(
      12,
    );
  });
});
