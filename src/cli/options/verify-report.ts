import type { OptionTable } from './definition.js';
import { boolean, integer } from './parsers.js';
import { OPTIONAL_DATASET_PATH } from './self-check.js';
import { SHARED_OPTIONS } from './shared.js';
import { JSON_OPTION } from './status.js';
import { VALIDATOR_OPTIONS } from './validator.js';

const { network, chainEndpoint, hubEndpoint, downloadHosts, device, datasetCache, debug, trace, loggingDir } =
  SHARED_OPTIONS;

/** `healthtensor verify-report` */
export const VERIFY_REPORT_OPTIONS = {
  round: {
    name: 'round',
    value: '<block>',
    group: 'Report',
    help: 'the round of a reports.jsonl to verify (default: the newest)',
    parse: integer(0),
  },
  best: {
    name: 'best',
    value: '<places>',
    group: 'Report',
    help: 'evaluate only the models in the first so many places, and no refused one (default: all)',
    parse: integer(1),
  },
  offline: {
    name: 'offline',
    group: 'Subnet',
    help: 'do not ask the chain for the hashes of the blocks',
    fallback: 'False',
    parse: boolean,
  },
  network,
  chainEndpoint,
  hubEndpoint,
  downloadHosts,
  device,
  datasetPath: OPTIONAL_DATASET_PATH,
  datasetCache,
  batchSize: VALIDATOR_OPTIONS.batchSize,
  json: JSON_OPTION,
  debug,
  trace,
  loggingDir,
} as const satisfies OptionTable;
