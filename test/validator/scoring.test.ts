import { describe, expect, test } from '@jest/globals';
import { type Hotkey, reject, type Uid } from '../../src/common/index.js';
import { movingAverage } from '../../src/validator/moving-average.js';
import type { Placed } from '../../src/validator/placed.js';
import type { Ordered } from '../../src/validator/order.js';
import { rewardOfRank } from '../../src/validator/payout/curves.js';
import { type Outcome, scoreRound } from '../../src/validator/scoring.js';

const participant = (name: string, outcome: Outcome) => ({
  hotkey: name as Hotkey,
  uid: name.charCodeAt(0) as Uid,
  registrationBlock: 1,
  outcome,
});
const valid = (rank: number): Outcome => ({ kind: 'valid', placed: { rank } as Ordered<Placed> });
const refused: Outcome = { kind: 'refused', rejection: reject('NOT_FINITE', 'NaN in fc.weight') };
const kept = (scoreStays: boolean): Outcome => ({
  kind: 'kept',
  code: 'NOT_FETCHED',
  reason: 'the hub did not answer',
  scoreStays,
});
const score = (participants: ReturnType<typeof participant>[], scores: Record<string, number> = {}) =>
  Object.fromEntries(
    scoreRound(participants, new Map(Object.entries(scores) as [Hotkey, number][]), {
      alpha: 0.8,
      rewardOf: rewardOfRank,
    }).map((result) => [result.hotkey as string, result]),
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
  test('pays the best rank most', () => {
    const { a, b } = score([participant('a', valid(1)), participant('b', valid(0))], { b: 10 });
    expect(b).toMatchObject({ rank: 0, reward: 30, previousScore: 10, score: 26 });
    expect(a).toMatchObject({ rank: 1, reward: 0.98, previousScore: 0 });
  });

  test('gives refused models no rank and no reward, and lets their score fall', () => {
    const { a, b } = score([participant('a', refused), participant('b', valid(0))], { a: 30 });
    expect(a).toMatchObject({ rank: undefined, reward: 0 });
    expect(a?.score).toBeCloseTo(6, 12);
    expect(b?.rank).toBe(0);
  });

  test('leaves the score of a model that could not be judged', () => {
    const { a } = score([participant('a', kept(true))], { a: 12.5 });
    expect(a).toMatchObject({ rank: undefined, reward: undefined, score: 12.5 });
  });

  test('lets a score go on falling after a refusal, whatever was committed since that cannot be judged', () => {
    const { a, b } = score([participant('a', kept(false)), participant('b', kept(false))], { a: 6 });
    expect(a).toMatchObject({ rank: undefined, reward: 0 });
    expect(a?.score).toBeCloseTo(1.2, 12);
    expect(b).toMatchObject({ reward: undefined, score: 0 });
  });

  test('pays no validator', () => {
    const { a } = score([participant('a', { kind: 'validator' })], { a: 10 });
    expect(a).toMatchObject({ rank: undefined, reward: 0 });
    expect(a?.score).toBeCloseTo(2, 12);
  });
});
