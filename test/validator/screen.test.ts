import { describe, expect, test } from '@jest/globals';
import { isHopeless, uninformedLoss } from '../../src/validator/screen.js';

describe('the screen', () => {
  test('knows the loss of who tells nothing but frequencies', () => {
    // Half of the images have finding 0: ln 2 for it, 0 for the 13 others.
    expect(uninformedLoss([1, 0, 1, 0, 7], [0, 1, 2, 3])).toBeCloseTo(Math.log(2) / 14, 12);
  });

  test('leaves at bf16 what is worse than that, and far from everybody', () => {
    expect(isHopeless(0.3, { uninformed: 0.18, decided: [0.15, 0.2] })).toBe(true);
    expect(isHopeless(0.205, { uninformed: 0.18, decided: [0.15, 0.2] })).toBe(false);
  });

  test('never believes bf16 that a model is good', () => {
    expect(isHopeless(0.01, { uninformed: 0.18, decided: [0.15] })).toBe(false);
    expect(isHopeless(0.185, { uninformed: 0.18, decided: [] })).toBe(false);
  });
});
