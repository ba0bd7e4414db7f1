import { describe, expect, test } from '@jest/globals';
import { drawIndices, sampleDigest } from '../../src/validator/sampling.js';

const draw = (seed: string, population = 1000, count = 50, purpose = 'images') =>
  drawIndices({ population, count, seed, purpose });

describe('the sample of a round', () => {
  test('is the same for everybody who knows the block hash', () => {
    expect(draw('0xabc')).toEqual(draw('0xabc'));
  });

  test('changes with the block hash and with the purpose', () => {
    expect(draw('0xabc')).not.toEqual(draw('0xabd'));
    expect(draw('0xabc')).not.toEqual(draw('0xabc', 1000, 50, 'miners'));
  });

  test('holds no index twice, none out of range, in rising order', () => {
    const indices = [...draw('0x1')];
    expect(new Set(indices).size).toBe(50);
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
    expect(indices.every((index) => index >= 0 && index < 1000)).toBe(true);
  });

  test('is everything when as many or more are wanted than there are', () => {
    expect([...draw('0x1', 4, 4)]).toEqual([0, 1, 2, 3]);
    expect([...draw('0x1', 4, 9)]).toEqual([0, 1, 2, 3]);
    expect([...draw('0x1', 0, 9)]).toEqual([]);
  });

  test('favours no index', () => {
    const drawn = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 5000; seed++) {
      for (const index of draw(`0x${seed}`, 10, 3)) drawn[index] = (drawn[index] ?? 0) + 1;
    }
    // 1500 expected each; the standard deviation is about 32.
    for (const count of drawn) expect(Math.abs(count - 1500)).toBeLessThan(170);
  });

  test('has a digest that changes with the images and with the data', () => {
    const digest = sampleDigest('data', Uint32Array.of(1, 2));
    expect(sampleDigest('data', Uint32Array.of(1, 2))).toBe(digest);
    expect(sampleDigest('data', Uint32Array.of(1, 3))).not.toBe(digest);
    expect(sampleDigest('other', Uint32Array.of(1, 2))).not.toBe(digest);
  });
});
