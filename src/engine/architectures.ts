import {
  FINDINGS,
  HealthTensorError,
  type ModelOptions,
  type ModelSpec,
  OptionError,
} from '../common/index.js';

/** A numeric setting of an architecture. */
export interface OptionFacts {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** What is known about an architecture without loading the addon. */
export interface ArchitectureFacts {
  /** For people. */
  readonly title: string;
  /** What `modelSpec` takes when not told; gray is repeated to three channels for weights made for colour. */
  readonly channels: 1 | 3;
  /** Normalisation of one channel: (pixel / 255 - mean) / std. */
  readonly mean: number;
  readonly std: number;
  readonly options: Readonly<Record<string, OptionFacts>>;
}

/** The architectures that exist; the addon has the same table (native/models/registry.cpp). */
export const ARCHITECTURES: Readonly<Record<string, ArchitectureFacts>> = {
  // The original subnet's own small network. Its pixels were scaled to 0..1 only; centred ones train better.
  cnn: { title: 'CNN', channels: 3, mean: 0.5, std: 0.25, options: {} },
  // Normalisation of timm's mobilenetv1_100 weights.
  mobile: {
    title: 'MobileNet v1',
    channels: 3,
    mean: 0.5,
    std: 0.5,
    options: { width: { default: 1, minimum: 0.25, maximum: 1 } },
  },
};

/** The words of `--model_type`, as the original subnet's miner knows them. */
export const MODEL_TYPES = ['cnn', 'vgg', 'res', 'efficient', 'mobile'] as const;

/** The architecture of a `--model_type` in any case. OptionError for another word, or for one that does not exist yet. */
export function parseModelType(option: string, text: string): string {
  const word = text.toLowerCase();
  if (Object.hasOwn(ARCHITECTURES, word)) return word;
  const existing = Object.keys(ARCHITECTURES);
  const known = (MODEL_TYPES as readonly string[]).includes(word);
  const expected = known
    ? `a model that exists now: ${existing.join(', ')}`
    : `one of ${MODEL_TYPES.join(', ')}`;
  throw new OptionError(option, expected, text, known ? [] : MODEL_TYPES);
}

/** The smallest and largest images, and the step between sizes, in pixels. */
const SIZES = { smallest: 32, largest: 512, step: 32 };

/**
 * The spec of a new model: the architecture's own normalisation, and its options with the defaults filled in.
 * HealthTensorError BAD_MODEL_SPEC for an unknown architecture, an impossible size or option.
 */
export function modelSpec(
  architecture: string,
  settings: { imageSize?: number; channels?: 1 | 3; options?: ModelOptions } = {},
): ModelSpec {
  const facts = Object.hasOwn(ARCHITECTURES, architecture) ? ARCHITECTURES[architecture] : undefined;
  if (facts === undefined) {
    throw badSpec(`Expected one of ${Object.keys(ARCHITECTURES).join(', ')} but received "${architecture}"`);
  }
  const { imageSize = 224, channels = facts.channels } = settings;
  const { smallest, largest, step } = SIZES;
  if (!Number.isInteger(imageSize / step) || imageSize < smallest || imageSize > largest) {
    throw badSpec(
      `Expected an image size that is a multiple of ${step} in ${smallest}..${largest} but received ${imageSize}`,
    );
  }
  return {
    architecture,
    imageSize,
    channels,
    classes: FINDINGS.length,
    mean: Array<number>(channels).fill(facts.mean),
    std: Array<number>(channels).fill(facts.std),
    options: completeOptions(architecture, facts, settings.options ?? {}),
  };
}

function completeOptions(
  architecture: string,
  facts: ArchitectureFacts,
  given: ModelOptions,
): Record<string, number> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(facts.options, name)) throw badSpec(`${architecture} has no option "${name}"`);
  }
  return Object.fromEntries(
    Object.entries(facts.options).map(([name, { default: standard, minimum, maximum }]) => {
      const value = given[name] ?? standard;
      if (typeof value !== 'number' || !(value >= minimum && value <= maximum)) {
        throw badSpec(
          `Expected ${name} in ${minimum}..${maximum} for ${architecture} but received ${String(value)}`,
        );
      }
      return [name, value];
    }),
  );
}

function badSpec(message: string): HealthTensorError {
  return new HealthTensorError('BAD_MODEL_SPEC', message);
}
