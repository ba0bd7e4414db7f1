import { describe, expect, test } from '@jest/globals';
import type { Hotkey, Uid } from '../../src/common/index.js';
import { weightsOf } from '../../src/validator/weights.js';

const neurons = (...names: string[]) =>
  names.map((name, uid) => ({ uid: uid as Uid, hotkey: name as Hotkey }));
const weights = (names: string[], scores: Record<string, number>, minAllowedWeights = 1) =>
  weightsOf({
    neurons: neurons(...names),
    scores: new Map(Object.entries(scores) as [Hotkey, number][]),
    minAllowedWeights,
  });

describe('weights', () => {
  test('are in proportion to the scores, the largest 65535', () => {
    expect(weights(['v', 'a', 'b'], { a: 30, b: 15 })).toEqual({ uids: [1, 2], values: [65535, 32768] });
  });

  test('follow the hotkey when it moves to another uid', () => {
    expect(weights(['b', 'v', 'a'], { a: 30 })).toEqual({ uids: [2], values: [65535] });
  });

  test('are not sent when nobody has a score: even weights would pay strangers', () => {
    expect(() => weights(['v', 'a'], {})).toThrow(expect.objectContaining({ code: 'NO_SCORES' }));
    expect(() => weights(['v', 'a'], { a: 0 })).toThrow(expect.objectContaining({ code: 'NO_SCORES' }));
    expect(() => weights([], {})).toThrow(expect.objectContaining({ code: 'NO_SCORES' }));
  });

  test('are not sent when a score is no number', () => {
    expect(() => weights(['v', 'a', 'b'], { a: NaN, b: 1 })).toThrow(
      expect.objectContaining({ code: 'BAD_WEIGHTS' }),
    );
  });

  test('give nothing to scores of hotkeys that have left', () => {
    expect(weights(['v', 'a'], { a: 1, gone: 99 })).toEqual({ uids: [1], values: [65535] });
  });

  test('list others with weight zero where the chain wants more entries', () => {
    expect(weights(['v', 'a', 'b'], { b: 1 }, 3)).toEqual({ uids: [0, 1, 2], values: [0, 0, 65535] });
    expect(weights(['v', 'a', 'b'], { b: 1 }, 99).uids).toEqual([0, 1, 2]);
  });
});
