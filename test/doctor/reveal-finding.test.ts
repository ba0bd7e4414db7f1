import { describe, expect, test } from '@jest/globals';
import { HealthTensorError } from '../../src/common/index.js';
import { type RevealFacts, revealFinding } from '../../src/doctor/reveal-finding.js';

const WELL: RevealFacts = { notice: undefined, open: 0, revealed: 12, missed: 0, missedInARow: 0 };
const find = (facts: RevealFacts | undefined) => revealFinding(() => Promise.resolve(facts));

describe("the doctor's line on commit-reveal", () => {
  test('counts what was revealed and missed, for people and for programs', async () => {
    expect(await find(WELL)).toEqual({
      ...{ check: 'reveals', level: 'ok', role: 'validator' },
      text: '12 commits of weights revealed, 0 missed',
      figures: { open: 0, revealed: 12, missed: 0, missedInARow: 0 },
    });
  });

  test('is no alarm for weights that are still hidden, or for a miss that was made up for', async () => {
    expect(await find({ ...WELL, open: 1, missed: 3, notice: 'Commit-reveal: still hidden' })).toMatchObject({
      level: 'ok',
      text: '12 commits of weights revealed, 3 missed. Commit-reveal: still hidden',
    });
  });

  test('is a warning when the last commit was missed, and a failure when it was not the only one', async () => {
    const missed = { ...WELL, missed: 1, missedInARow: 1, notice: 'Commit-reveal: NOT revealed' };
    expect(await find(missed)).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('NOT revealed'),
      remedy: expect.stringContaining('Mend what the reason names'),
    });
    expect(await find({ ...missed, missed: 2, missedInARow: 2 })).toMatchObject({ level: 'failure' });
  });

  test('says when there is nothing to tell, and when it cannot be told', async () => {
    expect(await find(undefined)).toMatchObject({ level: 'ok', text: expect.stringContaining('no weights') });
    const remedy = 'Check that this user may read it.';
    const unreadable = new HealthTensorError('STATE_UNREADABLE', 'Cannot read the state', { remedy });
    expect(await revealFinding(() => Promise.reject(unreadable))).toMatchObject({
      ...{ level: 'failure', text: 'Cannot read the state', remedy },
    });
  });
});
