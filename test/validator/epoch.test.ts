import { describe, expect, test } from '@jest/globals';
import { roundBlockOf, weightsDueBlock } from '../../src/validator/epoch.js';

describe('blocks', () => {
  test('rounds start at multiples of the query time, for every validator', () => {
    expect(roundBlockOf(109, 10)).toBe(100);
    expect(roundBlockOf(110, 10)).toBe(110);
  });

  test('weights are due an epoch after the last update on chain', () => {
    expect(weightsDueBlock({ lastUpdate: 1000, epochLength: 300, weightsRateLimit: 100 })).toBe(1300);
  });

  test('weights wait for the rate limit of the chain when it is longer', () => {
    expect(weightsDueBlock({ lastUpdate: 1000, epochLength: 50, weightsRateLimit: 100 })).toBe(1100);
  });

  test('weights that were never set are due at once', () => {
    expect(weightsDueBlock({ lastUpdate: 0, epochLength: 300, weightsRateLimit: 100 })).toBe(0);
  });
});
