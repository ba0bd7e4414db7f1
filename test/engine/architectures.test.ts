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

  test('holds only words of --model_type', () => {
    for (const name of Object.keys(ARCHITECTURES)) expect(MODEL_TYPES).toContain(name);
  });
});

describe('--model_type', () => {
  test.each(['mobile', 'MOBILE', 'Mobile'])('takes %s', (text) => {
    expect(parseModelType('--model_type', text)).toBe('mobile');
  });

  test('says which exist when the word is known and the model is not built yet', () => {
    expect(() => parseModelType('--model_type', 'VGG')).toThrow(
      'Expected a model that exists now: cnn, mobile for --model_type but received "VGG"',
    );
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
      options: { width: 1 },
    });
    expect(modelSpec('cnn', { imageSize: 64, channels: 1 })).toMatchObject({ mean: [0.5], options: {} });
    expect(modelSpec('mobile', { options: { width: 0.25 } }).options).toEqual({ width: 0.25 });
  });

  test.each<[string, () => unknown, RegExp]>([
    ['architecture', () => modelSpec('vgg'), /one of cnn, mobile/],
    ['inherited name', () => modelSpec('toString'), /one of cnn, mobile/],
    ['image size', () => modelSpec('cnn', { imageSize: 100 }), /multiple of 32 in 32..512 but received 100/],
    ['small image size', () => modelSpec('cnn', { imageSize: 0 }), /received 0/],
    ['option', () => modelSpec('cnn', { options: { width: 1 } }), /cnn has no option "width"/],
    ['value of an option', () => modelSpec('mobile', { options: { width: 2 } }), /width in 0.25..1/],
    ['kind of an option', () => modelSpec('mobile', { options: { width: 'x' } }), /received x/],
  ])('refuses a bad %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
