import type { OptionTable } from './definition.js';
import { integer, path } from './parsers.js';

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
  directory: {
    name: 'directory',
    value: '<folder>',
    group: 'Demo',
    help: 'keep wallets, logs, models and state here (default: a temporary folder, removed at the end)',
    parse: path,
  },
} as const satisfies OptionTable;
