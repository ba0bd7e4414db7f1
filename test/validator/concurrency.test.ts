import { expect, test } from '@jest/globals';
import { mapConcurrently } from '../../src/validator/concurrency.js';

test('no more than the limit run at once, and results keep the order', async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([5, 4, 3, 2, 1, 0], 3, async (item) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return item * 10;
  });
  expect(results).toEqual([50, 40, 30, 20, 10, 0]);
  expect(most).toBe(3);
});

test('nothing to do is done at once', async () => {
  expect(await mapConcurrently([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
});
