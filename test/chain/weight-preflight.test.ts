import { describe, expect, test } from '@jest/globals';
import { weightRefusal, type WeightRules } from '../../src/chain/weight-preflight.js';

const RULES: WeightRules = {
  head: 1000,
  uid: 3,
  lastUpdate: 900,
  rateLimit: 100,
  versionKey: 0n,
  minAllowed: 2,
  neurons: 8,
};
const WEIGHTS = { uids: [0, 1], values: [65535, 100], versionKey: 5n };

describe('checks before weights are set', () => {
  test('weights that the chain will take are not refused', () => {
    expect(weightRefusal(RULES, WEIGHTS)).toBeUndefined();
  });

  test('a hotkey that is not registered is refused for good', () => {
    expect(weightRefusal({ ...RULES, uid: undefined }, WEIGHTS)).toMatchObject({
      name: 'HotKeyNotRegisteredInSubNet',
      retryable: false,
    });
  });

  test('the rate limit says how many blocks are to wait', () => {
    const refused = weightRefusal({ ...RULES, head: 997, lastUpdate: 901 }, WEIGHTS);
    expect(refused).toMatchObject({ name: 'SettingWeightsTooFast', retryable: true, retryAfterBlocks: 3 });
    expect(refused?.detail).toMatch(/^3 blocks to wait/);
  });

  test('the block that executes the extrinsic is the one after the head', () => {
    expect(weightRefusal({ ...RULES, head: 999, lastUpdate: 900 }, WEIGHTS)).toBeUndefined();
    expect(weightRefusal({ ...RULES, head: 998, lastUpdate: 900 }, WEIGHTS)?.retryAfterBlocks).toBe(1);
  });

  test('a uid that never updated does not wait', () => {
    expect(weightRefusal({ ...RULES, head: 5, lastUpdate: 0 }, WEIGHTS)).toBeUndefined();
  });

  test('a version key below the subnet’s is refused; 0 on the chain accepts any', () => {
    expect(weightRefusal({ ...RULES, versionKey: 6n }, WEIGHTS)?.name).toBe('IncorrectWeightVersionKey');
    expect(weightRefusal({ ...RULES, versionKey: 5n }, WEIGHTS)).toBeUndefined();
    expect(weightRefusal({ ...RULES, versionKey: 0n }, { ...WEIGHTS, versionKey: 0n })).toBeUndefined();
  });

  test('too few weights are refused, but not when the subnet has no more uids, and not for a weight on oneself', () => {
    const one = { uids: [0], values: [65535], versionKey: 0n };
    expect(weightRefusal(RULES, one)?.name).toBe('WeightVecLengthIsLow');
    expect(weightRefusal({ ...RULES, neurons: 1 }, one)).toBeUndefined();
    expect(weightRefusal(RULES, { ...one, uids: [3] })).toBeUndefined();
  });

  test('all zeros and lists of different lengths never leave the house', () => {
    expect(weightRefusal(RULES, { ...WEIGHTS, values: [0, 0] })?.name).toBe('AllZeroWeights');
    expect(weightRefusal(RULES, { ...WEIGHTS, uids: [], values: [] })?.name).toBe('AllZeroWeights');
    expect(weightRefusal(RULES, { ...WEIGHTS, values: [1] })?.name).toBe('WeightVecNotEqualSize');
  });
});
