import { describe, expect, test } from '@jest/globals';
import { weightRefusal, type WeightRules } from '../../src/chain/weight-preflight.js';

const RULES: WeightRules = {
  head: 1000,
  netuid: 31,
  isOwner: false,
  hasPermit: true,
  stakeTao: 2000,
  stakeThresholdTao: 1000,
  commitReveal: false,
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

  test('stake below the threshold is refused; the owner needs none, nor does a chain that does not tell', () => {
    expect(weightRefusal({ ...RULES, stakeTao: 999 }, WEIGHTS)).toMatchObject({
      name: 'NotEnoughStakeToSetWeights',
      retryable: false,
      detail: expect.stringContaining('999 TAO'),
    });
    expect(weightRefusal({ ...RULES, stakeTao: 0, isOwner: true }, WEIGHTS)).toBeUndefined();
    expect(weightRefusal({ ...RULES, stakeTao: undefined }, WEIGHTS)).toBeUndefined();
  });

  test('without a permit only the owner, or a weight on oneself, may go', () => {
    const without = { ...RULES, hasPermit: false };
    expect(weightRefusal(without, WEIGHTS)).toMatchObject({
      name: 'NeuronNoValidatorPermit',
      retryable: true,
    });
    expect(weightRefusal({ ...without, isOwner: true }, WEIGHTS)).toBeUndefined();
    expect(weightRefusal(without, { uids: [3], values: [65535], versionKey: 5n })).toBeUndefined();
  });

  test('uids that are twice, unknown or too many are refused, and so is the root', () => {
    expect(weightRefusal(RULES, { ...WEIGHTS, uids: [1, 1] })?.name).toBe('DuplicateUids');
    expect(weightRefusal(RULES, { ...WEIGHTS, uids: [1, 8] })?.name).toBe('UidVecContainInvalidOne');
    const nine = Array.from({ length: 9 }, (_, uid) => uid);
    expect(weightRefusal(RULES, { ...WEIGHTS, uids: nine, values: nine })?.name).toBe(
      'UidsLengthExceedUidsInSubNet',
    );
    expect(weightRefusal({ ...RULES, netuid: 0 }, WEIGHTS)?.name).toBe('CanNotSetRootNetworkWeights');
  });

  test('a commit that comes too early is named as the chain names it', () => {
    expect(weightRefusal({ ...RULES, lastUpdate: 950, commitReveal: true }, WEIGHTS)).toMatchObject({
      name: 'CommittingWeightsTooFast',
      retryAfterBlocks: 49,
    });
  });

  test('of several faults the one that the chain sees first is named', () => {
    const names: (string | undefined)[] = [];
    let rules: WeightRules = {
      ...RULES,
      netuid: 0,
      uid: undefined,
      stakeTao: 0,
      versionKey: 9n,
      lastUpdate: 999,
      hasPermit: false,
      minAllowed: 8,
    };
    let weights = { uids: [1, 1, ...Array.from({ length: 8 }, () => 9)], values: [1], versionKey: 0n };
    const mend = (by: Partial<WeightRules>, other: Partial<typeof weights> = {}) => {
      names.push(weightRefusal(rules, weights)?.name);
      rules = { ...rules, ...by };
      weights = { ...weights, ...other };
    };
    mend({ netuid: 31 });
    mend({}, { values: weights.uids });
    mend({}, { uids: [1, 1, 9], values: [1, 1, 1] });
    mend({ uid: 3 });
    mend({ stakeTao: 1000 });
    mend({ versionKey: 0n });
    mend({ lastUpdate: 0 });
    mend({ hasPermit: true });
    mend({}, { uids: [1, 2, 9] });
    mend({}, { uids: [1, 2, 4] });
    mend({ minAllowed: 3 });
    mend({});
    expect(names).toEqual([
      'CanNotSetRootNetworkWeights',
      'WeightVecNotEqualSize',
      'UidsLengthExceedUidsInSubNet',
      'HotKeyNotRegisteredInSubNet',
      'NotEnoughStakeToSetWeights',
      'IncorrectWeightVersionKey',
      'SettingWeightsTooFast',
      'NeuronNoValidatorPermit',
      'DuplicateUids',
      'UidVecContainInvalidOne',
      'WeightVecLengthIsLow',
      undefined,
    ]);
  });

  test('all zeros and lists of different lengths never leave the house', () => {
    expect(weightRefusal(RULES, { ...WEIGHTS, values: [0, 0] })?.name).toBe('AllZeroWeights');
    expect(weightRefusal(RULES, { ...WEIGHTS, uids: [], values: [] })?.name).toBe('AllZeroWeights');
    expect(weightRefusal(RULES, { ...WEIGHTS, values: [1] })?.name).toBe('WeightVecNotEqualSize');
  });
});
