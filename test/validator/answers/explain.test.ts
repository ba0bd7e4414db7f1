import { describe, expect, test } from '@jest/globals';
import { explain } from '../../../src/validator/answers/explain.js';
import { explanationText } from '../../../src/validator/answers/explain-text.js';
import type { RoundReport } from '../../../src/validator/report.js';
import { hotkeyOf, reportOf, resultOf } from './report-fixture.js';

const paired = { images: 64, patients: 50, difference: 0.0004, standardError: 0.0003, radius: 0.0009 };

/** Bob leads, Charlie is tied with Dave and committed earlier; Eve copied Bob; Ferdie was not drawn. */
async function round(over: Partial<RoundReport> = {}): Promise<RoundReport> {
  const [bob, charlie] = [await hotkeyOf('Bob'), await hotkeyOf('Charlie')];
  return reportOf({
    results: [
      await resultOf('Bob', 1, { loss: 0.15, rank: 0, reward: 30, score: 24 }),
      await resultOf('Charlie', 2, {
        loss: 0.1804,
        rank: 1,
        reward: 0.98,
        previousScore: 0.5,
        score: 0.884,
        decision: { behind: bob, decidedBy: 'margin' },
      }),
      await resultOf('Dave', 3, {
        loss: 0.18,
        rank: 2,
        reward: 0.9604,
        score: 0.76832,
        decision: { behind: charlie, decidedBy: 'commit-block', paired },
      }),
      await resultOf('Eve', 4, {
        outcome: 'refused',
        code: 'COPY_OF',
        detail: `the same weights as ${bob}, who committed them at block 101`,
        evidence: { by: 'file', holder: bob, holderCommitBlock: 101 },
        reward: 0,
        score: 0,
      }),
      await resultOf('Ferdie', 5, { outcome: 'kept', code: 'NOT_DRAWN', previousScore: 3, score: 3 }),
    ],
    ...over,
  });
}

describe('the explanation of a miner', () => {
  test('says for a model in the middle who is before and behind it and why, and how reward and score come about', async () => {
    const text = explanationText(explain([await round()], await hotkeyOf('Charlie')), 'valid');
    expect(text).toContain('place     2 of 3');
    expect(text).toContain('behind uid 1: the loss is lower by 0.030400, more than the margin');
    expect(text).toContain(
      'before uid 3: the images do not tell them apart, and the earlier commitment comes first',
    );
    expect(text).toContain('paired difference 0.000400 +- 0.000900 on 64 images of 50 patients');
    expect(text).toContain('reward    0.98 (payout original)');
    expect(text).toContain('score     0.8 x 0.98 + 0.2 x 0.5 = 0.884; 3.09 % of all scores');
  });

  test('is found by uid, by hotkey, and by the beginning of one', async () => {
    const report = await round();
    const hotkey = await hotkeyOf('Dave');
    for (const who of ['3', hotkey, hotkey.slice(0, 8)]) expect(explain([report], who).hotkey).toBe(hotkey);
  });

  test('gives a copy the code, the facts and what to do', async () => {
    const it = explain([await round()], '4');
    expect(it).toMatchObject({
      code: 'COPY_OF',
      evidence: { holderCommitBlock: 101, by: 'file' },
      reward: 0,
    });
    const text = explanationText(it, 'valid');
    expect(text).toContain('verdict   COPY_OF: Another hotkey committed');
    expect(text).toContain('holderCommitBlock: 101');
    expect(text).toContain('to do     Train a model of your own');
  });

  test('tells who was not judged that the score stays', async () => {
    const text = explanationText(explain([await round()], '5'), 'INVALID');
    expect(text).toContain('signature INVALID');
    expect(text).toContain('score     3, unchanged');
  });

  test('shows the way of the score through the rounds, the newest first', async () => {
    const [bob, hotkey] = [await resultOf('Bob', 1), await hotkeyOf('Bob')];
    const reports = await Promise.all(
      [1210, 1200].map((block) => reportOf({ block, results: [{ ...bob, score: block / 100 }] })),
    );
    expect(explain(reports, hotkey).history.map(({ block, score }) => [block, score])).toEqual([
      [1210, 12.1],
      [1200, 12],
    ]);
  });

  test('falls back on an older round for who is gone, and says so', async () => {
    const reports = [await reportOf({ block: 1210 }), await round()];
    const it = explain(reports, await hotkeyOf('Bob'));
    expect(it.round.block).toBe(1200);
    expect(explanationText(it, 'valid')).toContain('NOT in the newest round, 1210');
  });

  test('refuses whom no report knows, and two hotkeys that begin alike', async () => {
    const report = await round();
    expect(() => explain([report], '77')).toThrow(
      expect.objectContaining({ code: 'MINER_UNKNOWN', remedy: expect.stringContaining('a uid of 1-5') }),
    );
    expect(() => explain([report], '5')).not.toThrow();
    expect(() => explain([report], '5xyz')).toThrow(expect.objectContaining({ code: 'MINER_UNKNOWN' }));
    // All of these addresses begin with 5, which is also a uid; five and the next letter of two of them is not.
    const twins = { ...report, results: report.results.map((one) => ({ ...one, hotkey: `5F${one.uid}` })) };
    expect(() => explain([twins as unknown as RoundReport], '5F')).toThrow(
      expect.objectContaining({ code: 'MINER_AMBIGUOUS' }),
    );
  });
});
