import { expect, test } from '@jest/globals';
import { minerArguments, validatorArguments } from '../../src/demo/arguments.js';
import { DEMO_MINERS } from '../../src/demo/settings.js';

test('the pixels that the validator judges by never lie where the miners decode theirs', () => {
  const place = {
    directory: '/demo',
    chainUrl: 'ws://chain',
    hubUrl: 'http://hub',
    wallets: '/demo/wallets',
  };
  const cacheOf = (args: readonly string[]) => args[args.indexOf('--dataset.cache') + 1];
  const caches = DEMO_MINERS.map((miner) => cacheOf(minerArguments(miner, place, '/demo/data-miners')));
  expect(new Set(caches).size).toBe(1);
  expect(caches).not.toContain(cacheOf(validatorArguments(1, place, '/demo/data-validator')));
});
