import { HealthTensorError, type ModelSpec } from '../common/index.js';
import { type PretrainedConfig, timmFace } from '../hub/index.js';

/**
 * Throws unless the weights are of the same network. Image size, channels and head may differ: the engine takes the
 * backbone, and the head where it fits.
 * @throws HealthTensorError PRETRAINED_MISMATCH, which names both
 */
export function checkFits(spec: ModelSpec, config: PretrainedConfig, source: string): void {
  const wanted = timmFace(spec).architecture;
  const fits =
    config.spec === undefined
      ? config.architecture === wanted
      : config.spec.architecture === spec.architecture &&
        backboneOptions(config.spec) === backboneOptions(spec);
  if (fits) return;
  const theirs = config.spec === undefined ? config.architecture : nameOf(config.spec);
  throw new HealthTensorError(
    'PRETRAINED_MISMATCH',
    `${source} has weights of ${theirs}, but the model to train is ${nameOf(spec)}${config.spec === undefined ? ` (timm: ${wanted})` : ''}.`,
    { remedy: 'Choose --model_type and --model_option to fit the weights, or other weights.' },
  );
}

/** The spec with the weights' own normalisation of pixels. */
export function adoptNormalisation(
  spec: ModelSpec,
  { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] },
): ModelSpec {
  return { ...spec, mean: perChannel(mean, spec.channels), std: perChannel(std, spec.channels) };
}

/** A gray model has one channel for what were three: it is given their mean. */
function perChannel(values: readonly number[], channels: number): number[] {
  if (values.length === channels) return [...values];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Array<number>(channels).fill(mean);
}

/** Of the head, and of training alone: weights fit whatever these are. */
const NOT_BACKBONE = ['hidden', 'dropout'];

function backboneOptions({ options }: ModelSpec): string {
  return Object.entries(options)
    .filter(([name]) => !NOT_BACKBONE.includes(name))
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(', ');
}

function nameOf(spec: ModelSpec): string {
  const options = backboneOptions(spec);
  return options === '' ? spec.architecture : `${spec.architecture} (${options})`;
}
