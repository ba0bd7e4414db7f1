import type { OptionTable } from './definition.js';
import { boolean, integer, path } from './parsers.js';

/** The demo's flags. */
export const DEMO_OPTIONS = {
  data: {
    name: 'data',
    value: '<folder>',
    group: 'Demo',
    help: 'data set with Data_Entry.csv and images/ (default: phantom X-rays are drawn)',
    parse: path,
  },
  rounds: {
    name: 'rounds',
    value: '<number>',
    group: 'Demo',
    help: 'evaluation rounds of the validator',
    fallback: '3',
    parse: integer(1, 1000),
  },
  images: {
    name: 'images',
    value: '<number>',
    group: 'Demo',
    help: 'phantom X-rays to draw when there is no data set',
    fallback: '1000',
    parse: integer(100, 100_000),
  },
  commitReveal: {
    name: 'commit_reveal',
    group: 'Demo',
    help: 'hide the weights behind drand until the chain reveals them, as subnets do by default',
    fallback: 'False',
    parse: boolean,
  },
  directory: {
    name: 'directory',
    value: '<folder>',
    group: 'Demo',
    help: 'keep wallets, logs, models and state here (default: a temporary folder, removed at the end)',
    parse: path,
  },
} as const satisfies OptionTable;
