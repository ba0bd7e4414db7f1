import { expect, test } from '@jest/globals';
import { blockShares } from '../../../../src/localnet/chain/calls/subtensor/coinbase.js';

test('a block sets half of what the owner leaves aside for miners and the rest for validators', () => {
  expect(blockShares(1_000_000_000n, 11_796n)).toEqual({ server: 410_002_289n, validator: 410_002_289n });
  expect(blockShares(3n, 0n)).toEqual({ server: 1n, validator: 2n });
});
