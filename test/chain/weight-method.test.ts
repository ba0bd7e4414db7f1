import { describe, expect, test } from '@jest/globals';
import { weightMethod } from '../../src/chain/weight-method.js';

const NEW = [
  'setWeights',
  'setMechanismWeights',
  'commitWeights',
  'commitMechanismWeights',
  'commitTimelockedWeights',
  'commitTimelockedMechanismWeights',
];
const OLD = ['setWeights', 'commitWeights', 'revealWeights'];

const method = (commitReveal: boolean, version: number | undefined, calls: readonly string[]) =>
  weightMethod({ commitReveal, version, hasCall: (name) => calls.includes(name) });

describe('how weights are sent', () => {
  test('openly while commit-reveal is off, by the newer call where there is one', () => {
    expect(method(false, 4, NEW)).toEqual({ kind: 'set', call: 'setMechanismWeights' });
    expect(method(false, undefined, OLD)).toEqual({ kind: 'set', call: 'setWeights' });
  });

  test('timelocked when the chain wants version 3 or 4, with the version that it wants', () => {
    const call = 'commitTimelockedMechanismWeights';
    expect(method(true, 4, NEW)).toEqual({ kind: 'timelocked', call, version: 4 });
    expect(method(true, 3, NEW)).toEqual({ kind: 'timelocked', call, version: 3 });
    expect(method(true, undefined, NEW)).toEqual({ kind: 'timelocked', call, version: 4 });
    const older = NEW.filter((name) => name !== call);
    expect(method(true, 4, older)).toEqual({
      kind: 'timelocked',
      call: 'commitTimelockedWeights',
      version: 4,
    });
  });

  test('salted when the chain wants an older version, or knows no timelock', () => {
    expect(method(true, 2, NEW)).toEqual({
      kind: 'salted',
      call: 'commitMechanismWeights',
      reveal: 'revealMechanismWeights',
    });
    expect(method(true, undefined, OLD)).toEqual({
      kind: 'salted',
      call: 'commitWeights',
      reveal: 'revealWeights',
    });
  });

  test('not at all when the chain wants a version that is not known yet', () => {
    expect(method(true, 5, NEW)).toMatchObject({
      ok: false,
      name: 'IncorrectCommitRevealVersion',
      retryable: false,
      detail: expect.stringContaining('update'),
    });
  });
});
