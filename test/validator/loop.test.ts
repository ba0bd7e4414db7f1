import { describe, expect, test } from '@jest/globals';
import type { Hotkey, RepoId, Uid } from '../../src/common/index.js';
import { isWhole } from '../../src/validator/loop.js';
import type { RoundResult } from '../../src/validator/report.js';

const miner = { uid: 0 as Uid, hotkey: 'miner' as Hotkey, registrationBlock: 1, previousScore: 0, score: 0 };

/** Of a miner with a commitment. */
function result(outcome: RoundResult['outcome'], code?: RoundResult['code']): RoundResult {
  return { ...miner, repo: 'miner/model' as RepoId, outcome, ...(code && { code }) };
}

describe('a round that counts towards --rounds', () => {
  test.each([
    ['judged a model', [result('valid')]],
    ['refused a model', [result('refused', 'NOT_FINITE')]],
    ['judged one, and could not fetch another', [result('valid'), result('kept', 'NOT_FETCHED')]],
  ])('%s', (_, results) => expect(isWhole({ results })).toBe(true));
});

describe('a round that does not count', () => {
  const uncommitted: RoundResult = { ...miner, outcome: 'refused', code: 'NO_COMMITMENT' };
  test.each([
    ['saw nobody', []],
    ['saw nobody who committed a model', [uncommitted]],
    ['could judge nobody', [result('kept', 'NOT_FETCHED')]],
    [
      'left a model to the next, because it was committed too late for the images',
      [result('valid'), result('kept', 'AWAITING_SAMPLE')],
    ],
  ])('%s', (_, results) => expect(isWhole({ results })).toBe(false));
});
