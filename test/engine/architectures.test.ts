import { describe, expect, test } from '@jest/globals';
import { ARCHITECTURES, MODEL_TYPES, modelSpec, parseModelType } from '../../src/engine/index.js';
import { loadAddon } from '../../src/engine/load-addon.js';

describe('the table of architectures', () => {
  test('is that of the addon', async () => {
    const native = (await loadAddon()).architectures();
    const table = Object.entries(ARCHITECTURES).map(([name, { options }]) => ({
      name,
      options: Object.entries(options).map(([option, range]) => ({ name: option, ...range })),
    }));
    expect(native).toEqual(table);
  });

  test('has a row for every word of --model_type', () => {
    expect(Object.keys(ARCHITECTURES)).toEqual([...MODEL_TYPES]);
  });
});

describe('--model_type', () => {
  test.each(['mobile', 'MOBILE', 'Mobile'])('takes %s', (text) => {
    expect(parseModelType('--model_type', text)).toBe('mobile');
  });

  test('suggests the nearest word for an unknown one', () => {
    expect(() => parseModelType('--model_type', 'mobil')).toThrow(/did you mean "mobile"/);
    expect(() => parseModelType('--model_type', 'constructor')).toThrow(/one of cnn, vgg/);
  });
});

describe('a model spec', () => {
  test('has the normalisation and the options of its architecture', () => {
    expect(modelSpec('mobile')).toEqual({
      architecture: 'mobile',
      imageSize: 224,
      channels: 3,
      classes: 14,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      options: { width: 1, hidden: 1024 },
    });
    expect(modelSpec('cnn', { imageSize: 64, channels: 1 })).toMatchObject({
      mean: [0.5],
      options: { filters: '32', hidden: 128, dropout: 0.5 },
    });
    expect(modelSpec('mobile', { options: { width: 0.25 } }).options).toEqual({ width: 0.25, hidden: 1024 });
    expect(modelSpec('cnn', { options: { filters: '32-64-128' } }).options).toMatchObject({
      filters: '32-64-128',
    });
    expect(modelSpec('res', { options: { layers: 18, hidden: 0 } }).options).toEqual({
      layers: 18,
      width: 1,
      hidden: 0,
    });
  });

  test('is normalised as the weights of ImageNet want it, gray by the means of the colours', () => {
    expect(modelSpec('res')).toMatchObject({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    expect(modelSpec('vgg', { channels: 1 })).toMatchObject({ mean: [0.449], std: [0.226] });
  });

  test.each<[string, () => unknown, RegExp]>([
    ['architecture', () => modelSpec('inception'), /one of cnn, vgg, res, efficient, mobile/],
    ['inherited name', () => modelSpec('toString'), /one of cnn, vgg/],
    ['image size', () => modelSpec('cnn', { imageSize: 100 }), /multiple of 32 in 32..512 but received 100/],
    ['small image size', () => modelSpec('cnn', { imageSize: 0 }), /received 0/],
    ['option', () => modelSpec('cnn', { options: { width: 1 } }), /cnn has no option "width"/],
    ['value of an option', () => modelSpec('mobile', { options: { width: 2 } }), /width in 0.25..1/],
    ['kind of an option', () => modelSpec('mobile', { options: { width: 'x' } }), /received x/],
    ['text for a number', () => modelSpec('mobile', { options: { width: '1' } }), /width in 0.25..1/],
    ['choice', () => modelSpec('res', { options: { layers: 33 } }), /one of 18, 34, 50, 101 .* received 33/],
    ['fraction', () => modelSpec('res', { options: { hidden: 0.5 } }), /hidden whole numbers in 0..4096/],
    ['list', () => modelSpec('cnn', { options: { filters: '32,64' } }), /as in 32-64-128/],
    ['number in a list', () => modelSpec('cnn', { options: { filters: '32-513' } }), /1..512/],
    ['long list', () => modelSpec('cnn', { options: { filters: '1-1-1-1-1-1-1' } }), /1 to 6/],
  ])('refuses a bad %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
