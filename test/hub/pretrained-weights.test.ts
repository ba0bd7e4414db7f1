import { expect, test } from '@jest/globals';
import { parseRepoId, type RepoId } from '../../src/common/index.js';
import { ARCHITECTURES, modelSpec } from '../../src/engine/index.js';
import { imagenetWeights, knownPretrained } from '../../src/hub/index.js';

test('every architecture but cnn has ImageNet weights for its default variant', () => {
  for (const architecture of Object.keys(ARCHITECTURES)) {
    const offer = imagenetWeights(modelSpec(architecture));
    expect([architecture, offer.kind]).toEqual([architecture, architecture === 'cnn' ? 'none' : 'weights']);
    if (offer.kind !== 'weights') continue;
    expect(parseRepoId(offer.weights.repo)).toBe(offer.weights.repo);
    expect(knownPretrained(offer.weights.repo)).toEqual(offer.weights);
  }
});

test('a variant that timm has no weights for gets the names of those it has', () => {
  expect(imagenetWeights(modelSpec('mobile', { options: { width: 0.5 } }))).toEqual({
    kind: 'other-variants',
    variants: ['mobilenetv1_100'],
  });
});

test('nothing is claimed about the licence of strangers', () => {
  expect(knownPretrained('somebody/model' as RepoId)).toBeUndefined();
});
