import { expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { seedOf } from '../../src/miner/seed.js';

test('each hotkey has a seed of its own, always the same, in the range of --seed', () => {
  const seeds = Array.from({ length: 200 }, (_, n) => seedOf(`hotkey ${n}` as Hotkey));
  expect(new Set(seeds).size).toBe(200);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
  expect(seedOf('hotkey 7' as Hotkey)).toBe(seeds[7]);
});
