import { OptionError } from '../../common/errors.js';
import { parseDevice } from '../../engine/device-request.js';
import { evaluationLimits } from '../../validator/isolation/limits.js';
import { VALIDATOR_DEFAULTS, type ValidatorSettings } from '../../validator/settings.js';
import { PAYOUT_NAMES } from '../../validator/payout/curves.js';
import type { OptionTable, Values } from './definition.js';
import { boolean, choice, integer, number } from './parsers.js';
import { chainEndpointsOf, hubToken, repoId, revision, SHARED_OPTIONS, walletOf } from './shared.js';

/** The validator's flags: the original's names, and a few of ours. */
export const VALIDATOR_OPTIONS = {
  ...SHARED_OPTIONS,
  vpermitTaoLimit: {
    name: 'vpermit_tao_limit',
    aliases: ['neuron.vpermit_tao_limit'],
    value: '<tao>',
    group: 'Validation',
    help: 'a neuron with a permit and more stake than this is a validator and is not evaluated',
    fallback: String(VALIDATOR_DEFAULTS.vpermitTaoLimit),
    parse: number(0, 21_000_000),
  },
  epochLength: {
    name: 'neuron.epoch_length',
    value: '<blocks>',
    group: 'Validation',
    help: 'blocks between two weight settings',
    fallback: String(VALIDATOR_DEFAULTS.epochLength),
    parse: integer(1, 100_000),
  },
  sampleSize: {
    name: 'neuron.sample_size',
    value: '<miners>',
    group: 'Validation',
    help: 'the most miners in a round',
    fallback: String(VALIDATOR_DEFAULTS.sampleSize),
    parse: integer(1, 65_535),
  },
  queryTime: {
    name: 'neuron.query_time',
    value: '<blocks>',
    group: 'Validation',
    help: 'blocks between two rounds',
    fallback: String(VALIDATOR_DEFAULTS.queryTime),
    parse: integer(1, 100_000),
  },
  movingAverageAlpha: {
    name: 'neuron.moving_average_alpha',
    value: '<number>',
    group: 'Validation',
    help: 'part of the newest reward in a score',
    fallback: String(VALIDATOR_DEFAULTS.movingAverageAlpha),
    parse: number(0.001, 1),
  },
  disableSetWeights: {
    name: 'neuron.disable_set_weights',
    group: 'Validation',
    help: 'evaluate and score, but set no weights',
    fallback: 'False',
    parse: boolean,
  },
  payout: {
    name: 'neuron.payout',
    value: `<${PAYOUT_NAMES.join('|')}>`,
    group: 'Validation',
    help: 'how rewards fall with the rank; healthtensor payout simulate shows each',
    fallback: VALIDATOR_DEFAULTS.payout,
    parse: choice(...PAYOUT_NAMES),
  },
  evaluationImages: {
    name: 'neuron.evaluation_images',
    value: '<images>',
    group: 'Validation',
    help: 'images drawn for each round; all when there are fewer',
    fallback: String(VALIDATOR_DEFAULTS.evaluationImages),
    parse: integer(1),
  },
  maxImageSize: {
    name: 'neuron.max_image_size',
    value: '<pixels>',
    group: 'Validation',
    help: 'models with larger inputs are refused: each size costs a pixel cache',
    fallback: String(VALIDATOR_DEFAULTS.maxImageSize),
    parse: integer(32, 512),
  },
  batchSize: {
    name: 'batch_size',
    value: '<number>',
    group: 'Validation',
    help: 'images evaluated at a time',
    fallback: String(VALIDATOR_DEFAULTS.batchSize),
    parse: integer(1, 4096),
  },
  fetchSeconds: {
    name: 'neuron.fetch_seconds',
    value: '<seconds>',
    group: 'Validation',
    help: "time for the download of one miner's model",
    fallback: String(VALIDATOR_DEFAULTS.fetchDeadlineMs / 1000),
    parse: number(1, 86_400),
  },
  evaluationMemory: {
    name: 'neuron.evaluation_memory',
    value: '<GiB>',
    group: 'Validation',
    help: "memory for the evaluation of a model (default: half of the machine's, from 2 to 16)",
    parse: number(0.5, 4096),
  },
  evaluationSeconds: {
    name: 'neuron.evaluation_seconds',
    value: '<seconds>',
    group: 'Validation',
    help: 'time for the evaluation of a model',
    fallback: String(evaluationLimits().taskMs / 1000),
    parse: number(1, 604_800),
  },
  modelsMaxGigabytes: {
    name: 'models.max_gigabytes',
    value: '<GB>',
    group: 'Validation',
    help: 'disk for fetched models; those not used for the longest time go first',
    fallback: String(VALIDATOR_DEFAULTS.models.maxBytes / 1e9),
    parse: number(1, 1e6),
  },
  modelsToken: {
    name: 'models.token',
    group: 'Hub',
    help: "Hugging Face token for miners' repositories, with read rights to public ones only",
    variables: ['MODELS_TOKEN'],
    secret: true,
    parse: hubToken,
  },
  rounds: {
    name: 'rounds',
    value: '<number>',
    group: 'Validation',
    help: 'stop after so many rounds, with the weights set (default: never)',
    parse: integer(1),
  },
  datasetLink: {
    name: 'dataset.link',
    value: '<owner/name>',
    group: 'Data',
    help: 'Hub data set that is downloaded into --dataset.path and kept at its newest revision (also DATASET_LINK)',
    variables: ['DATASET_LINK'],
    parse: repoId,
  },
  datasetRevision: {
    name: 'dataset.revision',
    value: '<commit>',
    group: 'Data',
    help: 'commit id of 40 hex digits of the Hub data set: it stays at this one (also DATASET_REVISION)',
    variables: ['DATASET_REVISION'],
    parse: revision,
  },
} as const satisfies OptionTable;

/** What runValidator wants, from the options. */
export function validatorSettings(options: Values<typeof VALIDATOR_OPTIONS>): ValidatorSettings {
  if (options.modelsToken !== undefined && options.modelsToken === options.accessToken) {
    const expected =
      "a token of its own: ACCESS_TOKEN opens the data set and is not for strangers' repositories";
    throw new OptionError('MODELS_TOKEN', expected, 'the same');
  }
  return {
    netuid: options.netuid,
    endpoints: chainEndpointsOf(options),
    wallet: walletOf(options),
    device: parseDevice('--device', options.device),
    hub: {
      endpoint: options.hubEndpoint,
      token: options.accessToken,
      downloadHosts: options.downloadHosts,
    },
    models: { token: options.modelsToken, maxBytes: options.modelsMaxGigabytes * 1e9 },
    dataset: {
      path: options.datasetPath,
      link: options.datasetLink,
      revision: options.datasetRevision,
      cacheDirectory: options.datasetCache,
    },
    vpermitTaoLimit: options.vpermitTaoLimit,
    epochLength: options.epochLength,
    sampleSize: options.sampleSize,
    queryTime: options.queryTime,
    movingAverageAlpha: options.movingAverageAlpha,
    disableSetWeights: options.disableSetWeights,
    payout: options.payout,
    evaluationImages: options.evaluationImages,
    maxImageSize: options.maxImageSize,
    batchSize: options.batchSize,
    fetchDeadlineMs: options.fetchSeconds * 1000,
    evaluation: {
      taskMs: options.evaluationSeconds * 1000,
      ...(options.evaluationMemory === undefined ? {} : { memoryBytes: options.evaluationMemory * 2 ** 30 }),
    },
    rounds: options.rounds,
    stateDirectory: options.stateDir,
  };
}
