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
  test('is about three standard errors wide, and wide when there are few patients', () => {
    const radius = (patients: number) => intervalRadius({ patients, standardError: 1 });
    expect(radius(2048)).toBeCloseTo(3.03, 1);
    expect(radius(700)).toBeLessThan(3.3);
    expect(radius(16_000)).toBeLessThan(3.4);
    expect(radius(5)).toBeGreaterThan(10);
  });

  test('does not let an equal model pass, however often one looks', () => {
    let passed = 0;
    for (let race = 0; race < 200; race++) {
      const random = randomNumbers(race + 1);
      const values: number[] = [];
      let ever = false;
      for (let look = 0; look < 25 && !ever; look++) {
        // Uniform noise of mean 0, a hundred images a look.
        for (let image = 0; image < 100; image++) values.push(random() - 0.5);
        const paired = pairedDifference(
          values,
          values.map((_, image) => image),
        );
        ever = Math.abs(paired.difference) > intervalRadius(paired);
      }
      if (ever) passed++;
    }
    // 5 % are allowed; looked at each time with 1.96 standard errors it would be about a third.
    expect(passed).toBeLessThanOrEqual(10);
  });

  test('finds a small true difference when the images are the same', () => {
    const random = randomNumbers(5);
    // A gap of 0.0014 with a spread of 0.014 an image: two models of one kind, as measured on 2,048 images.
    const values = Array.from({ length: 2048 }, () => 0.0014 + (random() - 0.5) * 0.014 * Math.sqrt(12));
    const paired = pairedDifference(
      values,
      values.map((_, image) => image),
    );
    expect(paired.difference).toBeGreaterThan(intervalRadius(paired));
  });
});
