import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import { type Claim, judgeCopies } from '../../src/validator/copies.js';

const claimant = (name: string, commitBlock: number, weightsSha256 = 'w') => ({
  hotkey: name as Hotkey,
  commitBlock,
  weightsSha256,
});
const known = (name: string, commitBlock: number) =>
  new Map<string, Claim>([['w', { hotkey: name as Hotkey, commitBlock }]]);
const copiers = (known: ReadonlyMap<string, Claim>, ...claimants: ReturnType<typeof claimant>[]) => [
  ...judgeCopies(known, claimants).copies.keys(),
];

describe('copies', () => {
  test('a copy of an earlier model is refused, and the refusal names the owner', () => {
    const { copies, claims } = judgeCopies(new Map(), [claimant('copier', 20), claimant('owner', 10)]);
    expect([...copies]).toEqual([
      [
        'copier',
        expect.objectContaining({ ok: false, code: 'COPY_OF', detail: expect.stringContaining('owner') }),
      ],
    ]);
    expect(claims.get('w')).toEqual({ hotkey: 'owner', commitBlock: 10 });
  });

  test('different weights are nobody’s copies', () => {
    expect(copiers(new Map(), claimant('a', 10, 'v'), claimant('b', 20, 'w'))).toEqual([]);
  });

  test('the order in which models came in does not matter', () => {
    expect(copiers(new Map(), claimant('owner', 10), claimant('copier', 20))).toEqual(['copier']);
    expect(copiers(new Map(), claimant('b', 10), claimant('a', 10))).toEqual(['b']);
    expect(copiers(new Map(), claimant('a', 10), claimant('b', 10))).toEqual(['b']);
  });

  test('an owner who left keeps the claim', () => {
    expect(copiers(known('owner', 10), claimant('copier', 20))).toEqual(['copier']);
  });

  test('an owner who commits the same weights again keeps the first block', () => {
    const { copies, claims } = judgeCopies(known('owner', 10), [
      claimant('copier', 20),
      claimant('owner', 30),
    ]);
    expect([...copies.keys()]).toEqual(['copier']);
    expect(claims.get('w')).toEqual({ hotkey: 'owner', commitBlock: 10 });
  });

  test('an earlier commitment that is seen only now takes the claim over', () => {
    const { copies, claims } = judgeCopies(known('copier', 20), [
      claimant('owner', 10),
      claimant('copier', 20),
    ]);
    expect([...copies.keys()]).toEqual(['copier']);
    expect(claims.get('w')).toEqual({ hotkey: 'owner', commitBlock: 10 });
  });
});
