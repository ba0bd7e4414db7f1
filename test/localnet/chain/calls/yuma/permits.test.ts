import { describe, expect, test } from '@jest/globals';
import { validatorPermits } from '../../../../../src/localnet/chain/calls/subtensor/yuma/permits.js';

const stakes = [5n, 0n, 9n, 7n].map((stake) => ({ stake, owner: false }));

describe('validator permits', () => {
  test('go to the largest stakes, as many as there may be validators', () => {
    expect(validatorPermits(stakes, { maxValidators: 2, stakeThreshold: 0n })).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('need a stake above zero that reaches the threshold', () => {
    expect(validatorPermits(stakes, { maxValidators: 9, stakeThreshold: 0n })).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(validatorPermits(stakes, { maxValidators: 9, stakeThreshold: 7n })).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('go to the higher uid among equal stakes, as the chain sorts them', () => {
    const equal = [4n, 4n, 4n].map((stake) => ({ stake, owner: false }));
    expect(validatorPermits(equal, { maxValidators: 1, stakeThreshold: 0n })).toEqual([false, false, true]);
  });

  test('always go to the owner, besides the others', () => {
    const owned = [{ stake: 0n, owner: true }, ...stakes];
    expect(validatorPermits(owned, { maxValidators: 1, stakeThreshold: 0n })).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});
