import { describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../src/common/index.js';
import type { Ordered } from '../../src/validator/order.js';
import { neighboursOf, unsettled } from '../../src/validator/schedule.js';

const standing = (name: string, loss: number, samples: string[] = ['old']) => ({
  hotkey: name as Hotkey,
  modelId: name,
  commitBlock: 1,
  loss,
  samples,
});
const paired = (difference: number, radius: number, images = 2048) => ({
  images,
  patients: images,
  difference,
  standardError: radius / 3,
  radius,
});
type Model = ReturnType<typeof standing>;
const placed = (name: string, pair?: ReturnType<typeof paired>): Ordered<Model> => ({
  ...standing(name, 0.15),
  rank: 0,
  decision: pair && { behind: 'before' as Hotkey, decidedBy: 'commit-block', paired: pair },
});

describe('the neighbours of a newcomer', () => {
  const models = [standing('far better', 0.14), standing('near', 0.151), standing('far worse', 0.17)];

  test('are those within the margin and its uncertainty', () => {
    const toAnchor = { images: 2048, patients: 2048, difference: 0.01, standardError: 0.0003 };
    const names = neighboursOf([{ loss: 0.15, toAnchor }], models, 'new').map(({ modelId }) => modelId);
    expect(names).toEqual(['near']);
    const vague = { ...toAnchor, standardError: 0.003 };
    expect(neighboursOf([{ loss: 0.15, toAnchor: vague }], models, 'new')).toHaveLength(2);
  });

  test('are not evaluated twice on one sample', () => {
    const seen = [standing('near', 0.15, ['old', 'new'])];
    expect(neighboursOf([{ loss: 0.15, toAnchor: undefined }], seen, 'new')).toEqual([]);
  });

  test('are nobody while nothing is new', () => {
    expect(neighboursOf([], models, 'new')).toEqual([]);
  });
});

describe('unsettled neighbours', () => {
  const names = (models: Ordered<Model>[], population = 100_000) =>
    unsettled(models, population).map(({ modelId }) => modelId);

  test('see another sample when they cannot be told apart, or one was lucky', () => {
    expect(
      names([placed('a'), placed('b', paired(-0.0001, 0.0005)), placed('c', paired(0.003, 0.004))]),
    ).toEqual(['a', 'b', 'c']);
  });

  test('are left alone when they are told apart, have seen enough, or all there is', () => {
    expect(names([placed('a'), placed('b', paired(0.003, 0.001))])).toEqual([]);
    expect(names([placed('a'), placed('b', paired(0, 0.001, 8192))])).toEqual([]);
    expect(names([placed('a'), placed('b', paired(0, 0.001, 733))], 733)).toEqual([]);
  });

  test('are at most eight a round, the top first', () => {
    const crowd = Array.from({ length: 40 }, (_, n) =>
      placed(`m${n}`, n === 0 ? undefined : paired(0, 0.001)),
    );
    expect(names(crowd)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
  });
});
