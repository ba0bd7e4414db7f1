import type { OptionTable } from './definition.js';
import { integer } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';
import { JSON_OPTION, REPORT_OPTION } from './status.js';

const { netuid, walletName, walletHotkey, walletPath, stateDir } = SHARED_OPTIONS;

/** `healthtensor validator explain` */
export const EXPLAIN_OPTIONS = {
  netuid,
  walletName,
  walletHotkey,
  walletPath,
  stateDir,
  report: {
    ...REPORT_OPTION,
    help: `${REPORT_OPTION.help} (default: the reports.jsonl of this machine's validator)`,
  },
  history: {
    name: 'history',
    value: '<rounds>',
    group: 'Report',
    help: 'the most rounds to look back',
    fallback: '10',
    parse: integer(1, 10_000),
  },
  json: JSON_OPTION,
} as const satisfies OptionTable;
