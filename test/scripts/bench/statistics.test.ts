import { describe, expect, test } from '@jest/globals';
import {
  mean,
  median,
  pairedDifference,
  slope,
  standardDeviation,
} from '../../../scripts/bench/statistics.mjs';

describe('statistics of the benchmarks', () => {
  test('the median is the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 3])).toBe(4);
    expect(() => median([])).toThrow(RangeError);
  });

  test('mean and standard deviation are those of a sample', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(() => standardDeviation([1])).toThrow(RangeError);
  });

  test('the interval of a paired difference is that of the t distribution', () => {
    // Differences 1, 2, 3, 4, 5: mean 3, sd sqrt(2.5), t(4) = 2.776.
    const { mean: centre, low, high } = pairedDifference([11, 22, 33, 44, 55], [10, 20, 30, 40, 50]);
    const reach = 2.776 * Math.sqrt(2.5 / 5);
    expect([centre, low, high]).toEqual([3, 3 - reach, 3 + reach]);
    expect(() => pairedDifference([1, 2], [1])).toThrow(RangeError);
  });

  test('the slope of a line is found, and that of a level is 0', () => {
    expect(slope([1, 2, 3], [5, 7, 9])).toBeCloseTo(2, 12);
    expect(slope([1, 2, 3], [4, 4, 4])).toBe(0);
  });
});
