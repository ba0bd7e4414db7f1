import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { type Claim, type Claimant, judgeCopies } from '../../src/validator/copies.js';

/** A hotkey's model: the letter of its tensors, and a file of its own when it was saved anew. */
const claimant = (hotkey: string, commitBlock: number, weights = 'w', file = weights): Claimant => ({
  hotkey: hotkey as Hotkey,
  commitBlock,
  weightsSha256: `file ${file}`,
  tensorDigest: `tensors ${weights}`,
});
const copiers = (known: readonly Claim[], ...claimants: Claimant[]) =>
  Object.fromEntries(
    [...judgeCopies(known, claimants).copies].map(([hotkey, { evidence }]) => [hotkey, evidence]),
  );

describe('copies', () => {
  test('the earlier commitment owns the weights, the later is a copy', () => {
    expect(copiers([], claimant('late', 9), claimant('early', 3))).toEqual({
      late: { by: 'file', holder: 'early', holderCommitBlock: 3 },
    });
  });

  test('the same weights saved anew are a copy', () => {
    expect(copiers([], claimant('early', 3), claimant('late', 9, 'w', 'other file'))).toEqual({
      late: { by: 'tensors', holder: 'early', holderCommitBlock: 3 },
    });
  });

  test('other weights are nobody’s copy', () => {
    expect(copiers([], claimant('a', 3, 'v'), claimant('b', 9, 'w'))).toEqual({});
  });

  test('in one block the smaller hotkey owns the weights', () => {
    expect(Object.keys(copiers([], claimant('b', 3), claimant('a', 3)))).toEqual(['b']);
  });

  test('a claim outlives its owner: who comes later holds a copy, whatever block it commits at', () => {
    const { claims } = judgeCopies([], [claimant('gone', 3)]);
    expect(Object.keys(copiers(claims, claimant('late', 9, 'w', 'saved anew')))).toEqual(['late']);
  });

  test('an owner that commits its weights again keeps them', () => {
    const { claims } = judgeCopies([], [claimant('owner', 3)]);
    expect(judgeCopies(claims, [claimant('owner', 50)]).copies.size).toBe(0);
    expect(judgeCopies(claims, [claimant('owner', 50)]).claims.map(({ commitBlock }) => commitBlock)).toEqual(
      [3, 3],
    );
  });

  test('an earlier commitment that is seen only now takes the claim over', () => {
    const { claims } = judgeCopies([], [claimant('late', 9)]);
    const again = judgeCopies(claims, [claimant('early', 3), claimant('late', 9)]);
    expect([...again.copies.keys()]).toEqual(['late']);
    expect(again.claims.every(({ hotkey }) => hotkey === 'early')).toBe(true);
  });

  test('a re-saved file that was committed earlier wins over the original that came later', () => {
    const first = claimant('early', 3, 'w', 'x');
    expect(Object.keys(copiers([], claimant('late', 9), first, claimant('later', 10)))).toEqual([
      'late',
      'later',
    ]);
  });

  test('every copier of a fleet is named', () => {
    const fleet = Array.from({ length: 20 }, (_, n) => claimant(`c${n}`, 10 + n, 'w', `f${n}`));
    expect(Object.keys(copiers([], claimant('owner', 3), ...fleet))).toHaveLength(20);
  });
});
