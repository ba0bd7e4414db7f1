import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import {
  byCommitment,
  type CommittedModel,
  isNearCopy,
  judgeNearCopies,
  NEAR_COPY,
  type Resemblance,
  type ResemblingPair,
} from '../../src/validator/near-copies.js';

const model = (hotkey: string, commitBlock: number): CommittedModel => ({
  modelId: `${hotkey} ${commitBlock}`,
  hotkey: hotkey as Hotkey,
  commitBlock,
});
const same: Resemblance = { likeness: 0.9999, images: 128, sameBackbone: false };
const pair = (a: CommittedModel, b: CommittedModel, resemblance = same): ResemblingPair => {
  const [earlier, later] = byCommitment(a, b) < 0 ? [a, b] : [b, a];
  return { earlier, later, resemblance };
};
/** Who holds a copy of whose model. */
const verdicts = (...pairs: ResemblingPair[]) =>
  Object.fromEntries([...judgeNearCopies(pairs)].map(([id, { evidence }]) => [id, evidence?.holder]));

describe('a near copy', () => {
  const { likeness, distance, both, images, sameBackbone } = NEAR_COPY;

  test.each<[string, boolean, Partial<Resemblance> & { likeness: number }]>([
    ['answers alike', true, { likeness }],
    ['answers almost alike', false, { likeness: likeness - 1e-6 }],
    ['has nearly the same weights, whatever it answers', true, { likeness: 0.5, distance }],
    ['is near in both', true, both],
    ['is near in its weights alone', false, { ...both, likeness: both.likeness - 1e-6 }],
    ['is near in its answers alone', false, { ...both, distance: both.distance + 1e-6 }],
    ['cannot be compared', false, { likeness: NaN }],
    ['has the same head on the same backbone', true, { likeness: sameBackbone, sameBackbone: true }],
    [
      'has a head of its own on the same backbone',
      false,
      { likeness: sameBackbone - 1e-7, sameBackbone: true, distance: 0 },
    ],
  ])('%s: %p', (_, expected, resemblance) => {
    expect(isNearCopy({ images, sameBackbone: false, ...resemblance })).toBe(expected);
  });

  test('is not told by few images', () => {
    expect(isNearCopy({ ...same, likeness: 1, images: images - 1 })).toBe(false);
  });
});

describe('near copies', () => {
  const [owner, copier, third] = [model('owner', 4), model('copier', 9), model('third', 12)];

  test('belong to the earlier commitment, and are told with the evidence', () => {
    const found = judgeNearCopies([pair(copier, owner, { ...same, distance: 0.0012 })]);
    expect([...found.keys()]).toEqual(['copier 9']);
    expect(found.get('copier 9')).toMatchObject({
      code: 'COPY_OF',
      detail:
        'answers 128 images as the model of owner does, who committed it at block 4 (likeness 0.99990, weights at a distance of 0.00120)',
      evidence: { by: 'near', holder: 'owner', holderCommitBlock: 4, likeness: 0.9999, distance: 0.0012 },
    });
  });

  test('in one block belong to the hotkey that comes first', () => {
    expect(verdicts(pair(model('b', 4), model('a', 4)))).toEqual({ 'b 4': 'a' });
  });

  test('of copies are held against the original: a copy claims nothing', () => {
    expect(verdicts(pair(copier, third), pair(owner, copier), pair(owner, third))).toEqual({
      'copier 9': 'owner',
      'third 12': 'owner',
    });
    expect(verdicts(pair(copier, third), pair(owner, copier))).toEqual({ 'copier 9': 'owner' });
  });

  test('are not what one hotkey holds itself', () => {
    expect(verdicts(pair(owner, model('owner', 9)))).toEqual({});
  });

  test('do not take the next model from an owner whose last one was copied', () => {
    const next = model('owner', 20);
    expect(verdicts(pair(owner, copier), pair(owner, next), pair(copier, next))).toEqual({
      'copier 9': 'owner',
    });
  });

  test('do not take it either by a model that kept just clear of the last one', () => {
    const next = model('owner', 20);
    expect(verdicts(pair(owner, next), pair(copier, next))).toEqual({});
  });

  test('are found though the copier had a model of its own before, of another kind', () => {
    expect(verdicts(pair(owner, model('copier', 9)), pair(model('copier', 1), third))).toEqual({
      'copier 9': 'owner',
      'third 12': 'copier',
    });
  });
});
