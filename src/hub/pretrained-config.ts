import type { ModelSpec } from '../common/model-spec.js';
import { reject, type Rejection, type Verdict } from '../common/verdict.js';
import { field } from './ask.js';
import { MAX_CONFIG_BYTES } from './model-files.js';
import { parseModelConfig } from './parse-model-config.js';
import { timmFace } from './timm-face.js';

/** What the config.json beside pretrained weights says about them. */
export interface PretrainedConfig {
  /** timm's name of the network. */
  readonly architecture: string;
  /** Normalisation of pixels in 0..1 that the weights were trained with, one value a channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Of a model of this project only. */
  readonly spec?: ModelSpec;
}

/**
 * Reads the `config.json` of a model of this project (its `healthtensor` block) or of timm. Total: whatever the bytes
 * are, the answer is a config or a verdict.
 */
export function parsePretrainedConfig(bytes: Uint8Array): Verdict<{ config: PretrainedConfig }> {
  if (bytes.byteLength > MAX_CONFIG_BYTES) {
    return reject(
      'TOO_LARGE',
      `config.json: ${bytes.byteLength} bytes where ${MAX_CONFIG_BYTES} are allowed`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return bad('not JSON in UTF-8');
  }
  if (field(json, 'healthtensor') !== undefined) {
    const own = parseModelConfig(bytes);
    if (!own.ok) return own;
    const { spec } = own;
    const { architecture } = timmFace(spec);
    return { ok: true, config: { architecture, mean: spec.mean, std: spec.std, spec } };
  }
  const architecture = field(json, 'architecture');
  if (typeof architecture !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(architecture)) {
    return bad('no "architecture" with a name of timm, and no "healthtensor" object');
  }
  const timm = field(json, 'pretrained_cfg');
  const mean = field(timm, 'mean');
  const std = field(timm, 'std');
  // timm normalises pixels in 0..1: anything outside is another convention, and would be silently wrong.
  if (!isTriple(mean, 0, 1)) return bad('"pretrained_cfg.mean" is not three numbers in 0..1');
  if (!isTriple(std, 0.001, 1)) return bad('"pretrained_cfg.std" is not three numbers in 0.001..1');
  return { ok: true, config: { architecture, mean, std } };
}

function isTriple(value: unknown, least: number, most: number): value is number[] {
  const sound = (entry: unknown) => typeof entry === 'number' && entry >= least && entry <= most;
  return Array.isArray(value) && value.length === 3 && value.every(sound);
}

function bad(detail: string): Rejection {
  return reject('BAD_CONFIG', `config.json: ${detail}`);
}
