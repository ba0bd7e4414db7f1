import { describe, expect, test } from '@jest/globals';
import { modelConfig } from '../../src/hub/index.js';
import { parsePretrainedConfig } from '../../src/hub/pretrained-config.js';
import { modelSpec } from '../../src/engine/index.js';
import { timmConfig } from '../support/pretrained-repository.js';

const parse = (text: string) => parsePretrainedConfig(new TextEncoder().encode(text));

describe('the config.json of pretrained weights', () => {
  test("of timm gives the network's name and its normalisation", () => {
    expect(parse(timmConfig('resnet50'))).toEqual({
      ok: true,
      config: { architecture: 'resnet50', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    });
  });

  test('of this project gives the whole spec', () => {
    const spec = modelSpec('mobile', { imageSize: 64, options: { width: 0.5 } });
    const parsed = parsePretrainedConfig(modelConfig(spec, {}));
    expect(parsed).toMatchObject({ ok: true, config: { mean: spec.mean, std: spec.std, spec } });
  });

  test.each([
    ['no JSON', '{', 'not JSON'],
    ['a list', '[]', '"architecture"'],
    ['no name of a network', timmConfig('../resnet'), '"architecture"'],
    ['a model that is not for images', '{"architecture":"bert"}', '"pretrained_cfg.mean"'],
    ['two channels', timmConfig('resnet50', { mean: [0.5, 0.5] }), '"pretrained_cfg.mean"'],
    ['pixels in 0..255', timmConfig('resnet50', { mean: [123, 117, 104] }), '"pretrained_cfg.mean"'],
    ['a deviation of zero', timmConfig('resnet50', { std: [0, 1, 1] }), '"pretrained_cfg.std"'],
    ['text for numbers', timmConfig('resnet50', { std: ['1', '1', '1'] }), '"pretrained_cfg.std"'],
    ['a broken block of ours', '{"healthtensor":{"version":2},"architecture":"resnet50"}', 'version'],
  ])('is refused: %s', (_, text, detail) => {
    expect(parse(text)).toMatchObject({ ok: false, detail: expect.stringContaining(detail) });
  });

  test('is refused unread when it is too large', () => {
    expect(parsePretrainedConfig(new Uint8Array(70_000))).toMatchObject({ ok: false, code: 'TOO_LARGE' });
  });
});
