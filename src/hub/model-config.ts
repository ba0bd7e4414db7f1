import { HealthTensorError } from '../common/errors.js';
import { FINDINGS } from '../common/findings.js';
import type { ModelSpec } from '../common/model-spec.js';
import { MAX_CONFIG_BYTES } from './model-files.js';
import { timmFace } from './timm-face.js';

/**
 * `config.json` of a model: timm's schema, for tools that know it, with everything validators read in the
 * `healthtensor` block. The same spec and facts give the same bytes.
 * @param facts about the training, JSON values; shown, never trusted
 * @throws HealthTensorError BAD_FACTS when they do not fit
 */
export function modelConfig(spec: ModelSpec, facts: Readonly<Record<string, unknown>>): Uint8Array {
  const face = timmFace(spec);
  const config = {
    architecture: face.architecture,
    num_classes: FINDINGS.length,
    num_features: face.numFeatures,
    global_pool: face.globalPool,
    label_names: FINDINGS,
    model_args: {},
    pretrained_cfg: {
      tag: 'healthtensor',
      custom_load: false,
      input_size: [spec.channels, spec.imageSize, spec.imageSize],
      fixed_input_size: face.fixedInputSize,
      interpolation: 'bilinear',
      crop_pct: 1,
      crop_mode: 'squash',
      mean: spec.mean,
      std: spec.std,
      num_classes: FINDINGS.length,
      first_conv: face.firstConv,
      classifier: face.classifier,
    },
    healthtensor: {
      version: 1,
      architecture: spec.architecture,
      options: spec.options,
      imageSize: spec.imageSize,
      channels: spec.channels,
      mean: spec.mean,
      std: spec.std,
      labels: FINDINGS,
      activation: 'sigmoid',
      training: facts,
    },
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(config, undefined, 2)}\n`);
  if (bytes.byteLength <= MAX_CONFIG_BYTES) return bytes;
  throw new HealthTensorError(
    'BAD_FACTS',
    `config.json would have ${bytes.byteLength} bytes, above ${MAX_CONFIG_BYTES}`,
  );
}
