import { expect, test } from '@jest/globals';
import { FINDINGS } from '../../src/common/index.js';
import { prevalence } from '../../src/miner/header.js';

test('prevalence counts the given rows alone', () => {
  const images = [{ labels: 0b11 }, { labels: 0b01 }, { labels: 1 << 13 }, { labels: 0 }];
  const parts = prevalence(images, Uint32Array.from([0, 1, 3]));
  expect(parts).toHaveLength(FINDINGS.length);
  expect(parts.slice(0, 3)).toEqual([2 / 3, 1 / 3, 0]);
  expect(parts[13]).toBe(0);
});
