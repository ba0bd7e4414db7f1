import { describe, expect, test } from '@jest/globals';
import { likeness, profileOf } from '../../src/validator/likeness.js';
import { randomNumbers } from '../support/random-numbers.js';

const IMAGES = 100;

/** Logits that another seed makes unlike. */
function logits(seed: number, images = IMAGES): Float32Array {
  const next = randomNumbers(seed);
  return Float32Array.from({ length: images * 14 }, () => 4 * next() - 6);
}

const own = logits(1);
const likenessOf = (a: Float32Array, b: Float32Array) => likeness(profileOf(a), profileOf(b));
/** Other answers to the findings before the given one. */
const spoiled = (findings: number) => {
  const others = logits(2);
  return own.map((value, at) => (at % 14 < findings ? (others[at] as number) : value));
};

describe('the likeness of answers', () => {
  test('is 1 for the same answers, whatever the scale and offset of each finding', () => {
    const rescaled = own.map((value, at) => value * (1 + (at % 14)) + (at % 14));
    expect(likenessOf(own, own)).toBeCloseTo(1, 6);
    expect(likenessOf(own, rescaled)).toBeCloseTo(1, 6);
  });

  test('is far from 1 for models that have nothing to do with each other', () => {
    expect(Math.abs(likenessOf(own, logits(2)))).toBeLessThan(0.3);
    expect(
      likenessOf(
        own,
        own.map((value) => -value),
      ),
    ).toBeCloseTo(-1, 6);
  });

  test('stays 1 however the answers to half of the findings are spoiled, and no longer', () => {
    expect(likenessOf(own, spoiled(1))).toBeCloseTo(1, 6);
    expect(likenessOf(own, spoiled(7))).toBeCloseTo(1, 6);
    expect(likenessOf(own, spoiled(8))).toBeLessThan(0.95);
  });

  test('leaves out findings that a model answers alike for all images, and is NaN without any other', () => {
    const constant = (findings: number) => own.map((value, at) => (at % 14 < findings ? -2.5 : value));
    expect(likenessOf(own, constant(13))).toBeCloseTo(1, 6);
    expect(likenessOf(own, constant(14))).toBeNaN();
  });

  test('is refused for answers to different numbers of images', () => {
    expect(() => likenessOf(own, logits(1, 3))).toThrow(RangeError);
  });
});
