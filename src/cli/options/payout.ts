import type { OptionTable } from './definition.js';
import { boolean, integer } from './parsers.js';

/** The flags of `healthtensor payout simulate`. */
export const PAYOUT_OPTIONS = {
  miners: {
    name: 'miners',
    value: '<number>',
    group: 'Payout',
    help: 'honest miners with a valid model',
    fallback: '256',
    parse: integer(1, 65_535),
  },
  copies: {
    name: 'copies',
    value: '<number>',
    group: 'Payout',
    help: 'hotkeys of one cheat',
    fallback: '10',
    parse: integer(0, 65_535),
  },
  json: { name: 'json', group: 'Payout', help: 'print JSON', fallback: 'False', parse: boolean },
} as const satisfies OptionTable;
