import {
  FINDINGS,
  HealthTensorError,
  LONGEST_LIST,
  type ModelOptions,
  type ModelSpec,
  OptionError,
  parseNumberList,
} from '../common/index.js';

/** A setting of an architecture: a number, or a list of numbers as text ("32-64-128"). */
export interface OptionFacts {
  /** One number, or several when it is a list. */
  readonly default: readonly number[];
  /** Of each number. */
  readonly minimum: number;
  readonly maximum: number;
  /** Whole numbers only. */
  readonly whole: boolean;
  /** Given as text: one to `LONGEST_LIST` numbers joined by hyphens. */
  readonly list: boolean;
  /** When not empty: the only numbers allowed. */
  readonly choices: readonly number[];
}

/** What is known about an architecture without loading the addon. */
export interface ArchitectureFacts {
  /** For people. */
  readonly title: string;
  /** What `modelSpec` takes when not told; gray is repeated to three channels for weights made for colour. */
  readonly channels: 1 | 3;
  /** Normalisation of red, green and blue: (pixel / 255 - mean) / std. Gray takes their means. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly options: Readonly<Record<string, OptionFacts>>;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const range = (standard: number, minimum: number, maximum: number): OptionFacts => ({
  default: [standard],
  minimum,
  maximum,
  whole: false,
  list: false,
  choices: [],
});
const whole = (standard: number, minimum: number, maximum: number): OptionFacts => ({
  ...range(standard, minimum, maximum),
  whole: true,
});
const layers = (standard: number, choices: readonly number[]): OptionFacts => ({
  ...whole(standard, Math.min(...choices), Math.max(...choices)),
  choices,
});
/** Units of the dense layer in the head; 0 = a linear head. */
const HIDDEN = whole(1024, 0, 4096);

/** The architectures that exist; the addon has the same table (native/models/registry.cpp). */
export const ARCHITECTURES: Readonly<Record<string, ArchitectureFacts>> = {
  // The original subnet's own small network. Its pixels were scaled to 0..1 only; centred ones train better.
  cnn: {
    title: 'CNN',
    channels: 3,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    options: {
      filters: { ...whole(32, 1, 512), list: true },
      hidden: whole(128, 1, 4096),
      dropout: range(0.5, 0, 0.9),
    },
  },
  vgg: {
    title: 'VGG',
    channels: 3,
    ...IMAGENET,
    options: {
      layers: layers(16, [11, 13, 16, 19]),
      batch_norm: whole(0, 0, 1),
      width: range(1, 0.25, 1),
      hidden: HIDDEN,
    },
  },
  res: {
    title: 'ResNet',
    channels: 3,
    ...IMAGENET,
    options: { layers: layers(50, [18, 34, 50, 101]), width: range(1, 0.25, 1), hidden: HIDDEN },
  },
  efficient: {
    title: 'EfficientNet',
    channels: 3,
    ...IMAGENET,
    options: { width: range(1, 0.25, 1.2), depth: range(1, 0.25, 1.4), hidden: HIDDEN },
  },
  // Normalisation of timm's mobilenetv1_100 weights.
  mobile: {
    title: 'MobileNet v1',
    channels: 3,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    options: { width: range(1, 0.25, 1), hidden: HIDDEN },
  },
};

/** The words of `--model_type`, as the original subnet's miner knows them. */
export const MODEL_TYPES = ['cnn', 'vgg', 'res', 'efficient', 'mobile'] as const;

/** The architecture of a `--model_type` in any case. OptionError for another word. */
export function parseModelType(option: string, text: string): string {
  const word = text.toLowerCase();
  if (Object.hasOwn(ARCHITECTURES, word)) return word;
  throw new OptionError(option, `one of ${MODEL_TYPES.join(', ')}`, text, MODEL_TYPES);
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
    mean: ofChannels(facts.mean, channels),
    std: ofChannels(facts.std, channels),
    options: completeOptions(architecture, facts, settings.options ?? {}),
  };
}

function ofChannels(colours: readonly number[], channels: 1 | 3): number[] {
  if (channels === 3) return [...colours];
  const sum = colours.reduce((total, colour) => total + colour, 0);
  return [Number((sum / colours.length).toFixed(6))];
}

function completeOptions(
  architecture: string,
  facts: ArchitectureFacts,
  given: ModelOptions,
): Record<string, number | string> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(facts.options, name)) throw badSpec(`${architecture} has no option "${name}"`);
  }
  return Object.fromEntries(
    Object.entries(facts.options).map(([name, option]) => {
      const standard = option.list ? option.default.join('-') : (option.default[0] ?? 0);
      const value = given[name] ?? standard;
      const numbers = numbersOf(option, value);
      if (numbers === undefined) {
        throw badSpec(
          `Expected ${expectation(name, option)} for ${architecture} but received ${String(value)}`,
        );
      }
      return [name, option.list ? numbers.join('-') : (numbers[0] ?? 0)];
    }),
  );
}

/** The numbers of an option's value; undefined when it may not have this value. */
function numbersOf(option: OptionFacts, value: unknown): number[] | undefined {
  const { minimum, maximum, choices } = option;
  const fits = (number: number) =>
    number >= minimum &&
    number <= maximum &&
    (!option.whole || Number.isInteger(number)) &&
    (choices.length === 0 || choices.includes(number));
  const isSound = (number: unknown): number is number => typeof number === 'number' && fits(number);
  const numbers: unknown[] | undefined =
    option.list && typeof value === 'string' ? parseNumberList(value) : [value];
  return numbers?.every(isSound) === true ? numbers.filter(isSound) : undefined;
}

function expectation(name: string, { minimum, maximum, whole: integer, list, choices }: OptionFacts): string {
  if (choices.length > 0) return `${name} to be one of ${choices.join(', ')}`;
  const numbers = `${integer ? 'whole numbers ' : ''}in ${minimum}..${maximum}`;
  return list ? `${name} to be 1 to ${LONGEST_LIST} ${numbers}, as in 32-64-128,` : `${name} ${numbers}`;
}

function badSpec(message: string): HealthTensorError {
  return new HealthTensorError('BAD_MODEL_SPEC', message);
}
