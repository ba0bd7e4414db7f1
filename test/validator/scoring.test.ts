import { describe, expect, test } from '@jest/globals';
import { type Hotkey, reject, type Uid } from '../../src/common/index.js';
import { movingAverage } from '../../src/validator/moving-average.js';
import { BEST_REWARD, rewardOfRank } from '../../src/validator/rewards.js';
import { type Outcome, scoreRound } from '../../src/validator/scoring.js';

const participant = (name: string, outcome: Outcome) => ({
  hotkey: name as Hotkey,
  uid: name.charCodeAt(0) as Uid,
  registrationBlock: 1,
  outcome,
});
const valid = (loss: number, commitBlock = 1): Outcome => ({ kind: 'valid', loss, commitBlock });
const refused: Outcome = { kind: 'refused', rejection: reject('NOT_FINITE', 'NaN in fc.weight') };
const kept = (loss?: number): Outcome => ({
  kind: 'kept',
  reason: 'the hub did not answer',
  place: loss === undefined ? undefined : { loss, commitBlock: 1 },
});
const score = (participants: ReturnType<typeof participant>[], scores: Record<string, number> = {}) =>
  Object.fromEntries(
    scoreRound(participants, new Map(Object.entries(scores) as [Hotkey, number][]), 0.8).map((result) => [
      result.hotkey as string,
      result,
    ]),
  );

describe('rewards', () => {
  test('are 30 for the best and 0.98^rank for the others', () => {
    expect(rewardOfRank(0)).toBe(30);
    expect(rewardOfRank(1)).toBeCloseTo(0.98, 12);
    expect(rewardOfRank(10)).toBeCloseTo(0.8170728, 6);
  });
});

describe('the moving average', () => {
  test('weighs the newest reward with alpha', () => {
    expect(movingAverage(0.8, 30, 10)).toBeCloseTo(26, 12);
  });

  test('starts a newcomer at zero', () => {
    expect(movingAverage(0.8, 30)).toBeCloseTo(24, 12);
  });

  test('never makes a score of what is no number', () => {
    expect(() => movingAverage(0.8, NaN, 1)).toThrow(RangeError);
    expect(() => movingAverage(0.8, 1, Infinity)).toThrow(RangeError);
  });
});

describe('a scored round', () => {
  test('pays the lowest loss most', () => {
    const { a, b } = score([participant('a', valid(0.3)), participant('b', valid(0.2))]);
    expect(b).toMatchObject({ rank: 0, reward: BEST_REWARD, score: 24 });
    expect(a).toMatchObject({ rank: 1, reward: 0.98 });
  });

  test('gives refused models no rank and no reward, and lets their score fall', () => {
    const { a, b } = score([participant('a', refused), participant('b', valid(0.2))], { a: 30 });
    expect(a).toMatchObject({ rank: undefined, reward: 0 });
    expect(a?.score).toBeCloseTo(6, 12);
    expect(b?.rank).toBe(0);
  });

  test('leaves the score of a model that could not be judged', () => {
    const { a } = score([participant('a', kept())], { a: 12.5 });
    expect(a).toMatchObject({ rank: undefined, reward: undefined, score: 12.5 });
  });

  test('does not hand the best reward to the second when the best could not be judged', () => {
    const { b } = score([participant('a', kept(0.1)), participant('b', valid(0.2))]);
    expect(b).toMatchObject({ rank: 1, reward: 0.98 });
  });

  test('lets a model that beats the last loss of an absent one pass it', () => {
    const { b } = score([participant('a', kept(0.3)), participant('b', valid(0.2))]);
    expect(b?.rank).toBe(0);
  });

  test('pays no validator', () => {
    const { a } = score([participant('a', { kind: 'validator' })], { a: 10 });
    expect(a).toMatchObject({ rank: undefined, reward: 0 });
    expect(a?.score).toBeCloseTo(2, 12);
  });
});
