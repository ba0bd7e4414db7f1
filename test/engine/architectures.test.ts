import { describe, expect, test } from '@jest/globals';
import type { ModelOptions } from '../../src/common/index.js';
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

describe('the addon, given the spec of a stranger', () => {
  const build = async (architecture: string, options: object, settings: object = {}) => {
    const spec = { ...modelSpec(architecture), ...settings, options: options as ModelOptions };
    return (await loadAddon()).modelTensors(spec);
  };

  test.each<[string, string, object, object?]>([
    ['an option that is none', 'res', { depth: 1 }],
    ['an inherited name', 'res', { toString: 1 }],
    ['a number out of range', 'mobile', { width: 1.01 }],
    ['a fraction where whole numbers are wanted', 'vgg', { hidden: 10.5 }],
    ['a number that is no choice', 'vgg', { layers: 12 }],
    ['NaN', 'efficient', { depth: NaN }],
    ['infinity', 'efficient', { width: Infinity }],
    ['text for a number', 'mobile', { width: '1' }],
    ['a number for a list', 'cnn', { filters: 32 }],
    ['a boolean', 'vgg', { batch_norm: true }],
    ['an array', 'cnn', { filters: [32] }],
    ['an empty list', 'cnn', { filters: '' }],
    ['a list that ends in a hyphen', 'cnn', { filters: '32-' }],
    ['a list with a sign', 'cnn', { filters: '32--1' }],
    ['a list with spaces', 'cnn', { filters: '32 - 64' }],
    ['a list of numbers beyond 32 bits', 'cnn', { filters: '99999999999' }],
    ['a filter too many', 'cnn', { filters: '513' }],
    ['no filter', 'cnn', { filters: '0' }],
    ['a layer too many', 'cnn', { filters: '8-8-8-8-8-8-8' }],
    ['layers that leave nothing of the image', 'cnn', { filters: '8-8-8-8' }, { imageSize: 32 }],
    ['a layer with more values than memory should hold', 'cnn', { filters: '512' }, { imageSize: 512 }],
    ['more than 300 million parameters', 'cnn', { filters: '32', hidden: 4096 }, { imageSize: 512 }],
    // Spread, so that jest does not take a row without settings for a test with a callback.
  ])('refuses %s', async (...[, architecture, options, settings]) => {
    await expect(build(architecture, options, settings)).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  });

  test('builds the largest of each family without allocating it', async () => {
    const largest: [string, object][] = [
      ['cnn', { filters: '64-128-256-512-512-512' }],
      ['vgg', { layers: 19, batch_norm: 1, hidden: 4096 }],
      ['res', { layers: 101, hidden: 4096 }],
      ['efficient', { width: 1.2, depth: 1.4, hidden: 4096 }],
      ['mobile', { hidden: 4096 }],
    ];
    for (const [architecture, options] of largest) {
      const tensors = await build(architecture, options, { imageSize: 512 });
      expect(tensors.at(-1)).toMatchObject({ name: 'head.fc2.bias', shape: [14], head: true });
    }
  });
});
