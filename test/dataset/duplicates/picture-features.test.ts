import { describe, expect, test } from '@jest/globals';
import { drawPhantom } from '../../../src/dataset/phantom/draw.js';
import { FEATURES, pictureFeatures } from '../../../src/dataset/duplicates/picture-features.js';
import { similarityOf } from '../../../src/dataset/duplicates/similar-groups.js';

const phantom = (patient: string, size = 64) =>
  drawPhantom({ seed: 1, patient, name: `${patient}_0.png`, labels: 0, size });
const features = (pixels: Uint8Array, side = 64) => pictureFeatures(pixels, side) as Int8Array;

describe('pictureFeatures', () => {
  test('are the same for another brightness, contrast and size', () => {
    const picture = phantom('a');
    const own = features(picture);
    expect(own).toHaveLength(FEATURES);
    expect(similarityOf(own, own)).toBeCloseTo(1, 2);
    expect(similarityOf(own, features(picture.map((v) => 40 + v / 2)))).toBeGreaterThan(0.99);
    const doubled = Uint8Array.from(
      { length: 128 * 128 },
      (_, i) => picture[(i >> 8) * 64 + ((i % 128) >> 1)] as number,
    );
    expect(Array.from(features(doubled, 128))).toEqual(Array.from(own));
  });

  test('differ for another picture, and its mirror image is another picture', () => {
    const picture = phantom('a');
    const mirrored = picture.map((_, i) => picture[i - (i % 64) + 63 - (i % 64)] as number);
    expect(similarityOf(features(picture), features(phantom('b')))).toBeLessThan(0.95);
    expect(similarityOf(features(picture), features(mirrored))).toBeLessThan(0.9);
  });

  test('a picture of one gray has none', () => {
    for (const gray of [0, 77, 255]) {
      expect(pictureFeatures(new Uint8Array(64 * 64).fill(gray), 64)).toBeUndefined();
    }
  });
});
