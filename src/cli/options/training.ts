import { OptionError } from '../../common/errors.js';
import { parseRepoId, parseRevision } from '../../common/identifiers.js';
import type { ModelOptions } from '../../common/model-spec.js';
import { AUGMENTATION_LEVELS } from '../../miner/augmentation-level.js';
import type { PretrainedSource } from '../../miner/pretrained-source.js';
import { MODE_RECIPES, type ModeRecipe, TRAINING_MODES } from '../../miner/training-mode.js';
import type { RecipeChanges } from '../../miner/training-plan.js';
import type { OptionTable, Values } from './definition.js';
import { choice, integer, number, path } from './parsers.js';

/** The defaults of the modes, for the help: `fast 0.001, normal 0.001 (from scratch 0.0005), ...`, or the one of all. */
export function modeDefaults(key: keyof ModeRecipe): string {
  const defaults = TRAINING_MODES.map((mode) => {
    const { pretrained, scratch } = MODE_RECIPES[mode];
    const [first, second] = [String(pretrained[key]), String(scratch[key])];
    return `${first}${first === second ? '' : ` (from scratch ${second})`}`;
  });
  const [one = ''] = defaults;
  if (defaults.every((text) => text === one)) return one;
  return TRAINING_MODES.map((mode, i) => `${mode} ${defaults[i]}`).join(', ');
}

const byMode = (help: string, key: keyof ModeRecipe): string => `${help} (default: ${modeDefaults(key)})`;

/** What changes the recipe of a training mode; none has one default, because each mode has its own. */
export const RECIPE_OPTIONS = {
  precision: {
    name: 'precision',
    value: '<type>',
    group: 'Recipe',
    help: 'type of the activations: auto, bf16, fp16 (GPU only) or fp32; auto takes bf16 where the device is built for it',
    fallback: 'auto',
    parse: choice('auto', 'bf16', 'fp16', 'fp32'),
  },
  optimizer: {
    name: 'optimizer',
    value: '<name>',
    group: 'Recipe',
    help: byMode('adam or adamw', 'optimizer'),
    parse: choice('adam', 'adamw'),
  },
  learningRate: {
    name: 'learning_rate',
    value: '<number>',
    group: 'Recipe',
    help: byMode("the head's step size", 'learningRate'),
    parse: number(1e-8, 1),
  },
  backboneRate: {
    name: 'backbone_rate',
    value: '<factor>',
    group: 'Recipe',
    help: byMode(
      'times the learning rate for the backbone; 0 freezes it, its features are computed once',
      'backboneRate',
    ),
    parse: number(0, 10),
  },
  weightDecay: {
    name: 'weight_decay',
    value: '<number>',
    group: 'Recipe',
    help: byMode('pulls weights (not biases or norms) to zero', 'weightDecay'),
    parse: number(0, 1),
  },
  warmupEpochs: {
    name: 'warmup_epochs',
    value: '<number>',
    group: 'Recipe',
    help: byMode('epochs in which the rate rises from 0; at most a tenth of the schedule', 'warmupEpochs'),
    parse: number(0, 1000),
  },
  schedule: {
    name: 'schedule',
    value: '<name>',
    group: 'Recipe',
    help: byMode(
      'how the rate falls: constant, cosine or plateau (when the validation loss stands still)',
      'schedule',
    ),
    parse: choice('constant', 'cosine', 'plateau'),
  },
  scheduleEpochs: {
    name: 'schedule_epochs',
    value: '<number>',
    group: 'Recipe',
    help: byMode('length of the cosine; --num_epochs when that is given', 'scheduleEpochs'),
    parse: number(0.1, 100_000),
  },
  minimumRate: {
    name: 'minimum_rate',
    value: '<factor>',
    group: 'Recipe',
    help: byMode('times the learning rate: no schedule goes below', 'minimumRate'),
    parse: number(0, 1),
  },
  clipNorm: {
    name: 'clip_norm',
    value: '<number>',
    group: 'Recipe',
    help: byMode('largest norm of a gradient; 0 = off', 'clipNorm'),
    parse: number(0, 1e6),
  },
  emaDecay: {
    name: 'ema_decay',
    value: '<number>',
    group: 'Recipe',
    help: byMode(
      'a step of the running average of weights that is validated and published; 0 = off',
      'emaDecay',
    ),
    parse: number(0, 0.999_999),
  },
  labelSmoothing: {
    name: 'label_smoothing',
    value: '<number>',
    group: 'Recipe',
    help: byMode(
      'moves labels towards 1/2; costs calibration, by which models are ranked; 0 = off',
      'labelSmoothing',
    ),
    parse: number(0, 0.5),
  },
  accumulate: {
    name: 'accumulate',
    value: '<batches>',
    group: 'Recipe',
    help: byMode('batches a step of the optimiser, for large batches in little memory', 'accumulate'),
    parse: integer(1, 4096),
  },
  augmentation: {
    name: 'augmentation',
    value: '<level>',
    group: 'Recipe',
    help: byMode(
      'none, light or full: small rotations, shifts, scales, contrasts; never a flip',
      'augmentation',
    ),
    parse: choice(...AUGMENTATION_LEVELS),
  },
  flip: {
    name: 'flip',
    value: '<probability>',
    group: 'Recipe',
    help: 'horizontal flips; the heart has a side, so that they do harm',
    fallback: '0',
    parse: number(0, 1),
  },
  patience: {
    name: 'patience',
    value: '<epochs>',
    group: 'Recipe',
    help: byMode(
      'ends the training after so many epochs without a better validation loss; 0 = never',
      'patience',
    ),
    parse: integer(0, 100_000),
  },
} as const satisfies OptionTable;

/** What the model is and starts from, besides its type and size. */
export const MODEL_OPTIONS = {
  pretrained: {
    name: 'pretrained',
    value: '<source>',
    group: 'Model',
    help: 'imagenet, none, <owner/repo>[@<commit>] or a folder (/, ./, ../ or ~/); (default: imagenet; none for cnn)',
    parse: pretrainedSource,
  },
  head: {
    name: 'head',
    value: '<kind>',
    group: 'Model',
    help: "dense (the original's hidden layer, of hidden=1024 units) or linear (default: dense)",
    parse: choice('dense', 'linear'),
  },
  channels: {
    name: 'channels',
    value: '<number>',
    group: 'Model',
    help: '1 (gray) or 3 (gray repeated, for weights made for colour) (default: 3)',
    parse: (option, value): 1 | 3 => (choice('1', '3')(option, value) === '1' ? 1 : 3),
  },
  modelOption: {
    name: 'model_option',
    value: '<name=value>',
    group: 'Model',
    help: 'variant of the model, e.g. layers=101 (may be repeated, or a list with commas)',
    repeatable: true,
    parse: modelOptions,
  },
} as const satisfies OptionTable;

/** Reads `imagenet`, `none`, `owner/repo`, `owner/repo@commit` or a path that looks like one. */
export function pretrainedSource(option: string, value: string): PretrainedSource {
  const text = value.trim();
  const word = text.toLowerCase();
  if (word === 'none') return { kind: 'none' };
  if (word === 'imagenet') return { kind: 'imagenet', explicit: true };
  if (/^(\/|\.{1,2}(\/|$)|~(\/|$))/.test(text)) return { kind: 'folder', path: path(option, text) };
  const [name = '', commit, ...more] = text.split('@');
  const repo = parseRepoId(name);
  const revision = commit === undefined ? undefined : parseRevision(commit);
  if (repo === undefined || more.length > 0 || (commit !== undefined && revision === undefined)) {
    throw new OptionError(
      option,
      'imagenet, none, <owner/repo>, <owner/repo>@<commit of 40 hex digits>, or a folder that begins with /, ./, ../ or ~/',
      value,
      ['imagenet', 'none'],
    );
  }
  return { kind: 'repo', repo, revision };
}

/** Reads `layers=101,width=0.5`; which options a model has is for its architecture to say. */
export function modelOptions(option: string, value: string): ModelOptions {
  const entries = value.split(',').map((part): [string, number | string] => {
    const [, name, text] = /^\s*([a-z][A-Za-z0-9_]*)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (name === undefined || text === undefined) {
      throw new OptionError(option, 'name=value, e.g. layers=101 or filters=32-64', part);
    }
    return [name, /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text];
  });
  return Object.fromEntries(entries);
}

/** The options of the model's spec. A linear head is one without hidden units. */
export function specOptions({
  head,
  modelOption = {},
}: Pick<Values<typeof MODEL_OPTIONS>, 'head' | 'modelOption'>): ModelOptions {
  if (head === undefined) return modelOption;
  const { hidden } = modelOption;
  if (hidden !== undefined && (hidden === 0) !== (head === 'linear')) {
    throw new OptionError(
      '--head',
      `${head === 'linear' ? 'dense' : 'linear'}, as --model_option hidden=${String(hidden)} says`,
      head,
    );
  }
  return head === 'linear' ? { ...modelOption, hidden: 0 } : modelOption;
}

/** The operator's changes to the mode's recipe. */
export function recipeChanges(options: Values<typeof RECIPE_OPTIONS>): RecipeChanges {
  const entries = Object.keys(RECIPE_OPTIONS).map((key) => [
    key,
    options[key as keyof typeof RECIPE_OPTIONS],
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as RecipeChanges;
}
