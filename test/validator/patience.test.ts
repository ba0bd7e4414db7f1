import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { Patience, PATIENCE_MS, RECENT_MS } from '../../src/validator/patience.js';

const miner = 'a miner' as Hotkey;
const other = 'another' as Hotkey;
let now: number;
let patience: Patience;

/** The hub fails for the miner in every round of so long a time. Returns whether the last failure was one too many. */
function failFor(ms: number): boolean {
  let last = patience.failed(miner);
  for (const end = now + ms; now < end;) {
    now += RECENT_MS / 2;
    last = patience.failed(miner);
  }
  return last;
}

describe('the patience with a hub that fails', () => {
  beforeEach(() => {
    now = 1000;
    patience = new Patience(() => now);
  });

  test('ends after a day in which others were served', () => {
    expect(failFor(PATIENCE_MS)).toBe(false);
    patience.came(other);
    expect(patience.failed(miner)).toBe(false); // a day is not over yet
    expect(failFor(RECENT_MS / 2)).toBe(true);
  });

  test('has no end while nobody is served', () => {
    expect(failFor(10 * PATIENCE_MS)).toBe(false);
  });

  test('has no end in an outage, though others were served before it', () => {
    failFor(PATIENCE_MS / 2);
    patience.came(other);
    expect(failFor(10 * PATIENCE_MS)).toBe(false);
  });

  test('begins anew when the miner was served', () => {
    failFor(PATIENCE_MS);
    patience.came(miner);
    patience.came(other);
    expect(failFor(RECENT_MS)).toBe(false);
  });

  test('begins anew when nothing was asked for a while', () => {
    failFor(PATIENCE_MS);
    now += RECENT_MS + 1;
    patience.failed(miner);
    patience.came(other);
    expect(patience.failed(miner)).toBe(false);
  });
});
