import { describe, expect, test } from '@jest/globals';
import { FINDINGS, type Hotkey } from '../../src/common/index.js';
import { type KnownAnswers, searchNearCopies } from '../../src/validator/near-copy-search.js';
import { randomNumbers } from '../support/random-numbers.js';

/** A model that answers like `original`, with as much noise as given; or by itself. */
function model(
  hotkey: string,
  commitBlock: number,
  o: { seed: number; noise?: number; like?: KnownAnswers },
): KnownAnswers {
  const random = randomNumbers(o.seed);
  const base = o.like?.logits.get('fingerprint');
  const logits = Float32Array.from({ length: 128 * FINDINGS.length }, (_, at) =>
    base === undefined ? random() : (base[at] as number) + (o.noise ?? 0) * (random() - 0.5),
  );
  return {
    modelId: `${hotkey} ${commitBlock}`,
    hotkey: hotkey as Hotkey,
    commitBlock,
    logits: new Map([['fingerprint', logits]]),
  };
}
const owner = model('owner', 10, { seed: 1 });
const other = model('other', 5, { seed: 2 });
const copy = (hotkey: string, commitBlock: number, seed: number) =>
  model(hotkey, commitBlock, { seed, like: owner, noise: 0.02 });

describe('the search for near copies', () => {
  test('finds a noisy copy, also of a model that races no more, and names the owner', () => {
    const copier = copy('copier', 20, 3);
    const found = searchNearCopies({
      fresh: [copier],
      racing: [copier, other],
      known: [owner, other, copier],
    });
    expect([...found.keys()]).toEqual(['copier 20']);
    expect(found.get('copier 20')).toMatchObject({
      code: 'COPY_OF',
      evidence: { by: 'near', holder: 'owner', holderCommitBlock: 10 },
    });
  });

  test('finds a whole fleet that comes at once, and leaves the owner in peace', () => {
    const fleet = [copy('a', 20, 3), copy('b', 21, 4), copy('c', 22, 5)];
    const fresh = [...fleet, owner];
    const found = searchNearCopies({ fresh, racing: fresh, known: fresh });
    expect([...found.keys()].sort()).toEqual(['a 20', 'b 21', 'c 22']);
  });

  test('turns on a copy that was there first when its original is seen only later', () => {
    const copier = copy('copier', 20, 3);
    const found = searchNearCopies({ fresh: [owner], racing: [owner, copier], known: [owner, copier] });
    expect([...found.keys()]).toEqual(['copier 20']);
  });

  test('lets a miner improve its own model little by little', () => {
    const next = copy('owner', 20, 3);
    expect(searchNearCopies({ fresh: [next], racing: [next], known: [owner, next] }).size).toBe(0);
  });

  test('says nothing of models that only resemble each other', () => {
    const cousin = model('cousin', 20, { seed: 6, like: owner, noise: 1 });
    expect(searchNearCopies({ fresh: [cousin], racing: [cousin, owner], known: [owner, cousin] }).size).toBe(
      0,
    );
  });
});
