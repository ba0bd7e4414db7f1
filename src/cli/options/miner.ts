import { HealthTensorError, OptionError } from '../../common/errors.js';
import { modelSpec, parseModelType } from '../../engine/architectures.js';
import { parseDevice } from '../../engine/device-request.js';
import { launchOf, parseProcesses } from '../../engine/launch.js';
import { MINER_DEFAULTS, type MinerSettings } from '../../miner/settings.js';
import { TRAINING_MODES } from '../../miner/training-mode.js';
import type { OptionTable, Values } from './definition.js';
import { boolean, choice, integer, number } from './parsers.js';
import { MODEL_OPTIONS, RECIPE_OPTIONS, recipeChanges, specOptions } from './training.js';
import { chainEndpointsOf, repoId, SHARED_OPTIONS, walletOf } from './shared.js';

/** The miner's flags: the original's names, and a few of ours. */
export const MINER_OPTIONS = {
  ...SHARED_OPTIONS,
  modelType: {
    name: 'model_type',
    value: '<name>',
    group: 'Model',
    help: 'CNN, VGG, RES, EFFICIENT or MOBILE, in any case',
    fallback: 'vgg',
    parse: parseModelType,
  },
  imageSize: {
    name: 'image_size',
    value: '<pixels>',
    group: 'Model',
    help: 'side of the square input: a multiple of 32 from 32 to 512',
    fallback: '224',
    parse: (option, value) => {
      const size = integer(32, 512)(option, value);
      if (size % 32 !== 0) throw new OptionError(option, 'a multiple of 32 from 32 to 512', value);
      return size;
    },
  },
  ...MODEL_OPTIONS,
  numEpochs: {
    name: 'num_epochs',
    value: '<number>',
    group: 'Training',
    help: 'passes over the training images; -1 = for ever',
    fallback: String(MINER_DEFAULTS.numEpochs),
    parse: (option, value) => {
      if (value.trim() === '-1') return -1;
      return integer(1)(option, value);
    },
  },
  batchSize: {
    name: 'batch_size',
    value: '<number>',
    group: 'Training',
    help: 'images a step',
    fallback: String(MINER_DEFAULTS.batchSize),
    parse: integer(1, 4096),
  },
  processes: {
    name: 'nproc',
    value: '<number>',
    group: 'Training',
    help: 'processes on this machine that train one model together, each on a GPU or a share of the CPU; default: one for each GPU of --device',
    parse: parseProcesses,
  },
  saveModelPeriod: {
    name: 'save_model_period',
    value: '<batches>',
    group: 'Training',
    help: 'batches between checkpoints',
    fallback: String(MINER_DEFAULTS.saveModelPeriod),
    parse: integer(1),
  },
  publishInterval: {
    name: 'publish_interval',
    value: '<seconds>',
    group: 'Hub',
    help: 'least time between two publications; the last one does not wait',
    fallback: String(MINER_DEFAULTS.publishInterval),
    parse: integer(0, 86_400),
  },
  trainingMode: {
    name: 'training_mode',
    value: '<mode>',
    group: 'Training',
    help: 'fast (head only, on features computed once), normal (all layers) or slow (longer, more augmentation, averaged weights)',
    fallback: String(MINER_DEFAULTS.trainingMode),
    parse: choice(...TRAINING_MODES),
  },
  restart: {
    name: 'restart',
    group: 'Training',
    help: 'start afresh; what an earlier run left is moved aside, not deleted',
    fallback: 'False',
    parse: boolean,
  },
  seed: {
    name: 'seed',
    value: '<number>',
    group: 'Training',
    help: "fixes the weights' start, the order of the images and the split (default: one of the hotkey's own)",
    parse: integer(0, 2 ** 31 - 1),
  },
  validationFraction: {
    name: 'validation_fraction',
    value: '<number>',
    group: 'Training',
    help: 'part of the patients kept for validation',
    fallback: String(MINER_DEFAULTS.validationFraction),
    parse: number(0.01, 0.9),
  },
  ...RECIPE_OPTIONS,
  repo: {
    name: 'repo_id',
    value: '<owner/name>',
    group: 'Hub',
    help: 'model repository to publish to (also REPO_ID)',
    variables: ['REPO_ID'],
    parse: repoId,
  },
} as const satisfies OptionTable;

/** What runMiner wants, from the options and a launcher's variables; what has no default is asked for here. */
export function minerSettings(
  options: Values<typeof MINER_OPTIONS>,
  env: NodeJS.ProcessEnv = process.env,
): MinerSettings {
  if (options.repo === undefined) {
    throw new HealthTensorError('MISSING_OPTION', 'No model repository to publish to.', {
      remedy: 'Set REPO_ID=<owner/name> in the environment or .env, or give --repo_id.',
    });
  }
  return {
    netuid: options.netuid,
    endpoints: chainEndpointsOf(options),
    wallet: walletOf(options),
    device: parseDevice('--device', options.device),
    launch: launchOf(options.processes, env),
    hub: {
      endpoint: options.hubEndpoint,
      token: options.accessToken,
      downloadHosts: options.downloadHosts,
      repo: options.repo,
    },
    dataset: { path: options.datasetPath, cacheDirectory: options.datasetCache },
    spec: modelSpec(options.modelType, {
      imageSize: options.imageSize,
      ...(options.channels === undefined ? {} : { channels: options.channels }),
      options: specOptions(options),
    }),
    pretrained: options.pretrained ?? MINER_DEFAULTS.pretrained,
    trainingMode: options.trainingMode,
    recipe: recipeChanges(options),
    numEpochs: options.numEpochs,
    batchSize: options.batchSize,
    saveModelPeriod: options.saveModelPeriod,
    publishInterval: options.publishInterval,
    seed: options.seed,
    validationFraction: options.validationFraction,
    restart: options.restart,
    stateDirectory: options.stateDir,
  };
}
