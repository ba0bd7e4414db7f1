import { describe, expect, test } from '@jest/globals';
import { modelSpec } from '../../src/engine/index.js';
import { timmFace } from '../../src/hub/index.js';
import { adoptNormalisation, checkFits } from '../../src/miner/pretrained-fit.js';

const numbers = { mean: [0.1, 0.2, 0.6], std: [0.1, 0.2, 0.3] };

describe('pretrained weights', () => {
  test("of timm fit the network of timm's name, at any image size", () => {
    const spec = modelSpec('mobile', { imageSize: 64 });
    expect(() =>
      checkFits(spec, { architecture: timmFace(spec).architecture, ...numbers }, 'x'),
    ).not.toThrow();
  });

  test('of another network are refused, and both are named', () => {
    expect(() => checkFits(modelSpec('mobile'), { architecture: 'resnet50', ...numbers }, 'a/b')).toThrow(
      'a/b has weights of resnet50, but the model to train is mobile',
    );
  });

  test('of this project fit when the backbone is the same', () => {
    const [narrow, wide] = [0.25, 1].map((width) => modelSpec('mobile', { options: { width } }));
    if (narrow === undefined || wide === undefined) throw new Error('no specs');
    const config = { architecture: 'healthtensor_mobile', ...numbers, spec: narrow };
    expect(() => checkFits({ ...narrow, imageSize: 96 }, config, 'a/b')).not.toThrow();
    expect(() => checkFits(wide, config, 'a/b')).toThrow('width=0.25');
  });

  test('bring their normalisation, averaged for a gray model', () => {
    expect(adoptNormalisation(modelSpec('mobile'), numbers)).toMatchObject(numbers);
    const gray = adoptNormalisation(modelSpec('mobile', { channels: 1 }), numbers);
    expect(gray.mean).toEqual([expect.closeTo(0.3)]);
    expect(gray.std).toEqual([expect.closeTo(0.2)]);
  });
});
