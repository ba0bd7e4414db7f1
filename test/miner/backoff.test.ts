import { expect, test } from '@jest/globals';
import { backoffMs, PUBLICATION_BACKOFF } from '../../src/miner/backoff.js';

test('waits double with each failure, up to five minutes', () => {
  expect([1, 2, 3, 7, 99].map((failures) => backoffMs(PUBLICATION_BACKOFF, failures))).toEqual([
    5_000, 10_000, 20_000, 300_000, 300_000,
  ]);
});
