import type { OptionTable } from './definition.js';
import { boolean, integer, number, path } from './parsers.js';
import { repoId, revision, SHARED_OPTIONS } from './shared.js';

const LOGGING = {
  debug: SHARED_OPTIONS.debug,
  trace: SHARED_OPTIONS.trace,
  loggingDir: SHARED_OPTIONS.loggingDir,
};

/** `healthtensor dataset check` */
export const CHECK_OPTIONS = {
  path: SHARED_OPTIONS.datasetPath,
  other: {
    name: 'other',
    value: '<folder or list>',
    group: 'Check',
    help: 'another data set folder, or a list of the images of one side of a split: they must share no patient and no picture',
    parse: path,
  },
  sheet: {
    name: 'sheet',
    value: '<file.png>',
    group: 'Check',
    help: 'write a picture of an example of each finding and of the first duplicates',
    parse: path,
  },
  quick: {
    name: 'quick',
    group: 'Check',
    help: 'take pixels from an up-to-date pixel cache instead of decoding every image',
    fallback: 'False',
    parse: boolean,
  },
  json: {
    name: 'json',
    group: 'Check',
    help: 'print the report as JSON',
    fallback: 'False',
    parse: boolean,
  },
  datasetCache: SHARED_OPTIONS.datasetCache,
  ...LOGGING,
} as const satisfies OptionTable;

/** `healthtensor dataset synth` */
export const SYNTH_OPTIONS = {
  path: SHARED_OPTIONS.datasetPath,
  images: {
    name: 'images',
    value: '<number>',
    group: 'Phantoms',
    help: 'images to draw',
    fallback: '1000',
    parse: integer(1, 200_000),
  },
  size: {
    name: 'size',
    value: '<pixels>',
    group: 'Phantoms',
    help: 'side of the square images, 32 to 1024',
    fallback: '256',
    parse: integer(32, 1024),
  },
  seed: {
    name: 'seed',
    value: '<number>',
    group: 'Phantoms',
    help: 'the same seed draws the same pictures',
    fallback: '0',
    parse: integer(0),
  },
  minimumPrevalence: {
    name: 'minimum_prevalence',
    value: '<share>',
    group: 'Phantoms',
    help: 'least share of the images that show each finding',
    fallback: '0.06',
    parse: number(0, 0.5),
  },
  ...LOGGING,
} as const satisfies OptionTable;

/** `healthtensor dataset download` */
export const DOWNLOAD_OPTIONS = {
  path: SHARED_OPTIONS.datasetPath,
  repo: {
    name: 'repo',
    value: '<owner/name>',
    group: 'Download',
    help: 'data set repository of the Hub with images*.tar.gz and Data_Entry.csv (also DATASET_LINK)',
    variables: ['DATASET_LINK'],
    fallback: 'cogent-demo/miner_dataset', // of the original subnet's README
    parse: repoId,
  },
  revision: {
    name: 'revision',
    value: '<commit>',
    group: 'Download',
    help: 'commit id of 40 hex digits (default: the newest)',
    parse: revision,
  },
  hubEndpoint: SHARED_OPTIONS.hubEndpoint,
  downloadHosts: SHARED_OPTIONS.downloadHosts,
  accessToken: SHARED_OPTIONS.accessToken,
  ...LOGGING,
} as const satisfies OptionTable;
