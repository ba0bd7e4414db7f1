import type { OptionTable } from './definition.js';
import { MINER_OPTIONS } from './miner.js';
import { boolean, choice } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';
import { VALIDATOR_OPTIONS } from './validator.js';

/** The doctor's flags: those of the roles that it looks at, and its own. */
export const DOCTOR_OPTIONS = {
  ...SHARED_OPTIONS,
  role: {
    name: 'role',
    value: '<role>',
    group: 'Doctor',
    help: 'miner or validator: what only the other one needs is left out (default: both, as warnings)',
    parse: choice('miner', 'validator'),
  },
  json: {
    name: 'json',
    group: 'Doctor',
    help: 'print the findings as JSON',
    fallback: 'False',
    parse: boolean,
  },
  epochLength: VALIDATOR_OPTIONS.epochLength,
  datasetLink: VALIDATOR_OPTIONS.datasetLink,
  repo: MINER_OPTIONS.repo,
} as const satisfies OptionTable;
