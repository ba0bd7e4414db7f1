import { describe, expect, test } from '@jest/globals';
import { movingAverage } from '../../../../src/validator/moving-average.js';
import type { RoundReport, RoundResult } from '../../../../src/validator/report.js';
import { rewardOfRank } from '../../../../src/validator/payout/curves.js';
import { arithmeticChecks } from '../../../../src/validator/answers/verify/arithmetic.js';
import { hotkeyOf, reportOf, resultOf } from '../report-fixture.js';

const NAMES = ['Bob', 'Charlie', 'Dave'];
const LOSSES = [0.15, 0.1804, 0.18];
const SAMPLE = 's'.repeat(64);

/** Three valid models, the last two too near to be told apart; a refused one and one that was not judged. */
async function sound(): Promise<RoundReport> {
  const valid = await Promise.all(
    NAMES.map(async (name, rank) => {
      const before = NAMES[rank - 1];
      const reward = rewardOfRank(rank);
      return resultOf(name, rank + 1, {
        modelId: `model ${rank}`,
        loss: LOSSES[rank] as number,
        evaluations: [{ sample: SAMPLE, precision: 'fp32', loss: LOSSES[rank] as number }],
        rank,
        ...(before && { decision: { behind: await hotkeyOf(before), decidedBy: 'margin' as const } }),
        reward,
        previousScore: 2,
        score: movingAverage(0.8, reward, 2),
      });
    }),
  );
  const refused = await resultOf('Eve', 4, { outcome: 'refused', code: 'COPY_OF', reward: 0, score: 0 });
  const kept = await resultOf('Ferdie', 5, {
    outcome: 'kept',
    code: 'NOT_DRAWN',
    previousScore: 3,
    score: 3,
  });
  return reportOf({ results: [...valid, refused, kept] });
}

async function failures(spoil: (results: RoundResult[]) => void): Promise<Record<string, string>> {
  const report = structuredClone(await sound());
  spoil(report.results as RoundResult[]);
  const wrong = arithmeticChecks(report).filter(({ level }) => level === 'failure');
  return Object.fromEntries(wrong.map(({ check, text }) => [check, text]));
}

const change =
  (index: number, over: Partial<Record<keyof RoundResult, unknown>>) => (results: RoundResult[]) =>
    void Object.assign(results[index] as RoundResult, over);

describe('the arithmetic of a report', () => {
  test('is found right where it is', async () => {
    const checks = arithmeticChecks(await sound());
    expect(checks.map(({ check, level }) => [check, level])).toEqual(
      ['rules', 'losses', 'order', 'rewards', 'scores'].map((check) => [check, 'ok']),
    );
  });

  test.each<[string, (results: RoundResult[]) => void, string, string]>([
    ['a loss that its evaluations do not give', change(2, { loss: 0.179 }), 'losses', 'uids 3'],
    [
      'an evaluation on a sample that is not listed',
      change(1, { evaluations: [{ sample: 'x', precision: 'fp32', loss: 0.1804 }] }),
      'losses',
      'uids 2',
    ],
    ['a valid model without a loss', change(1, { loss: undefined }), 'order', 'the places are not'],
    ['two models in one place', change(2, { rank: 1 }), 'order', 'the places are not'],
    ['a place for a refused model', change(3, { rank: 3 }), 'order', 'not valid has a place'],
    [
      'a decision about somebody else',
      change(2, { decision: { behind: 'x', decidedBy: 'margin' } }),
      'order',
      'uid 3 is not said',
    ],
    ["the best one's reward for the second", change(1, { reward: 30 }), 'rewards', 'uids 2'],
    ['a reward for a copy', change(3, { reward: 1 }), 'rewards', 'uids 4'],
    ['a reward for who was not judged', change(4, { reward: 1 }), 'rewards', 'uids 5'],
    ['a score that is too good', change(1, { score: 3 }), 'scores', 'uids 2'],
    ['a score that grew without a verdict', change(4, { score: 4 }), 'scores', 'uids 5'],
    ['a score below nothing', change(1, { previousScore: -100, score: -19.2 }), 'scores', 'uids 2'],
  ])('does not let pass %s', async (_, spoil, check, text) => {
    expect((await failures(spoil))[check]).toContain(text);
  });

  test('does not let a model stand before one that beats it by the margin', async () => {
    const swapped = await failures((results) => {
      const [bob, charlie, dave] = results as [RoundResult, RoundResult, RoundResult];
      Object.assign(bob, {
        rank: 1,
        reward: rewardOfRank(1),
        decision: { ...charlie.decision, behind: charlie.hotkey },
      });
      Object.assign(charlie, { rank: 0, reward: 30, decision: undefined });
      Object.assign(dave, { decision: { ...dave.decision, behind: bob.hotkey } });
    });
    expect(swapped['order']).toContain('uid 1 stands behind uid 2, whose loss is higher');
  });

  test('says when the rules were others, by which nothing here can be computed', async () => {
    const report = await sound();
    const [rules] = arithmeticChecks({ ...report, rules: { ...report.rules, tieMargin: 0.1 } });
    expect(rules).toMatchObject({
      level: 'failure',
      code: 'OTHER_RULES',
      text: expect.stringContaining('tieMargin 0.1'),
    });
  });
});
