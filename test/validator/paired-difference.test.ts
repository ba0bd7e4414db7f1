import { describe, expect, test } from '@jest/globals';
import { intervalRadius, pairedDifference } from '../../src/validator/paired-difference.js';
import { randomNumbers } from '../support/random-numbers.js';

describe('a paired difference', () => {
  test('of single images has the textbook standard error', () => {
    const values = [0.1, 0.3, -0.2, 0.4];
    const { difference, standardError, patients, images } = pairedDifference(values, [0, 1, 2, 3]);
    expect(difference).toBeCloseTo(0.15, 12);
    // Sample standard deviation 0.264575 over the root of 4.
    expect(standardError).toBeCloseTo(0.264575 / 2, 6);
    expect([images, patients]).toEqual([4, 4]);
  });

  test('counts a patient with the same image many times hardly more than once', () => {
    const once = pairedDifference([0.1, 0.3, -0.2, 0.4], [0, 1, 2, 3]);
    const repeated = [0.1, 0.3, -0.2, 0.4].flatMap((value) => new Array<number>(50).fill(value));
    const patients = [0, 1, 2, 3].flatMap((patient) => new Array<number>(50).fill(patient));
    const clustered = pairedDifference(repeated, patients);
    expect(clustered.standardError).toBeCloseTo(once.standardError, 10);
    const asIfIndependent = pairedDifference(
      repeated,
      repeated.map((_, image) => image),
    );
    expect(asIfIndependent.standardError).toBeLessThan(once.standardError / 5);
  });

  test('of one patient says nothing', () => {
    expect(intervalRadius(pairedDifference([0.1, 0.2], [7, 7]))).toBe(Infinity);
  });
});

describe('the interval', () => {
  test('is about four standard errors wide, and wider when there are few patients', () => {
    const radius = (patients: number) => intervalRadius({ patients, standardError: 1 });
    expect(radius(2048)).toBeCloseTo(4.2, 1);
    expect(radius(700)).toBeLessThan(4.4);
    expect(radius(16_000)).toBeLessThan(4.4);
    expect(radius(5)).toBeGreaterThan(10);
  });

  test('finds a small true difference when the images are the same', () => {
    const random = randomNumbers(5);
    // A gap of 0.0014 with a spread of 0.014 an image: two models of one kind, measured on two samples.
    const values = Array.from({ length: 4096 }, () => 0.0014 + (random() - 0.5) * 0.014 * Math.sqrt(12));
    const paired = pairedDifference(
      values,
      values.map((_, image) => image),
    );
    expect(paired.difference).toBeGreaterThan(intervalRadius(paired));
  });
});
