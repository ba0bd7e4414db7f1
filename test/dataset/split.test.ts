import { describe, expect, test } from '@jest/globals';
import { splitByPatient } from '../../src/dataset/split.js';

/** Patients with 1 to 9 images, deterministic but irregular. */
function crowd(patients: number, salt: number) {
  return Array.from({ length: patients }, (_, p) =>
    Array.from({ length: 1 + ((p * 7 + salt * 13) % 9) }, (_, i) => ({
      name: `${p}_${i}`,
      patient: `p${p}`,
    })),
  ).flat();
}

const namesOf = (images: readonly { name: string }[], rows: Uint32Array) =>
  new Set(Array.from(rows, (row) => (images[row] as { name: string }).name));

describe('splitByPatient', () => {
  test('no patient is ever on both sides, no image is lost, and the fraction is met', () => {
    for (let seed = 0; seed < 60; seed++) {
      const images = crowd(2 + seed * 3, seed);
      const validationFraction = 0.05 + (seed % 10) / 12;
      const { train, validation } = splitByPatient(images, { validationFraction, seed });
      const sides = [train, validation].map(
        (rows) => new Set(Array.from(rows, (row) => images[row]?.patient)),
      );
      expect([...(sides[0] as Set<string>)].filter((patient) => sides[1]?.has(patient))).toEqual([]);
      expect([...train, ...validation].sort((a, b) => a - b)).toEqual(images.map((_, row) => row));
      expect(Math.min(train.length, validation.length)).toBeGreaterThan(0);
      expect(Math.abs(validation.length - validationFraction * images.length)).toBeLessThanOrEqual(9);
    }
  });

  test('depends on the seed but not on the order of the rows', () => {
    const images = crowd(50, 3);
    const shuffled = images.map((_, i) => images[(i * 37) % images.length] as (typeof images)[number]);
    expect(new Set(shuffled.map(({ name }) => name)).size).toBe(images.length);
    const options = { validationFraction: 0.2, seed: 11 };
    const first = namesOf(images, splitByPatient(images, options).validation);
    expect(namesOf(shuffled, splitByPatient(shuffled, options).validation)).toEqual(first);
    expect(namesOf(images, splitByPatient(images, options).validation)).toEqual(first);
    expect(namesOf(images, splitByPatient(images, { ...options, seed: 12 }).validation)).not.toEqual(first);
  });

  test('a fraction of 0 leaves everything in training', () => {
    const images = crowd(1, 1);
    expect(splitByPatient(images, { validationFraction: 0, seed: 1 }).validation.length).toBe(0);
  });

  test('a single patient cannot be split', () => {
    const one = [{ patient: 'a' }, { patient: 'a' }];
    expect(() => splitByPatient(one, { validationFraction: 0.5, seed: 1 })).toThrow(/two patients/);
  });

  test.each([-0.1, 1, Number.NaN])('refuses the fraction %p', (validationFraction) => {
    expect(() => splitByPatient(crowd(5, 1), { validationFraction, seed: 1 })).toThrow(RangeError);
  });
});
