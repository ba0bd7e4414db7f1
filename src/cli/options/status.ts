import { publicKeyOf } from '../../chain/addresses.js';
import { OptionError } from '../../common/errors.js';
import type { Hotkey } from '../../common/identifiers.js';
import type { OptionTable } from './definition.js';
import { boolean, path } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';

const { netuid, network, chainEndpoint, walletName, walletHotkey, walletPath, hubEndpoint, stateDir } =
  SHARED_OPTIONS;

/** A hotkey's address, whose wallet need not be here. */
export const HOTKEY_OPTION = {
  name: 'hotkey',
  value: '<ss58>',
  group: 'Wallet',
  help: "a hotkey's address, instead of the wallet's",
  parse: (option: string, value: string): Hotkey => {
    try {
      publicKeyOf(value.trim());
    } catch {
      throw new OptionError(option, 'an SS58 address of prefix 42 (48 characters that begin with 5)', value);
    }
    return value.trim() as Hotkey;
  },
} as const;

export const JSON_OPTION = {
  name: 'json',
  group: 'Output',
  help: 'print JSON',
  fallback: 'False',
  parse: boolean,
} as const;

/** A validator's report: a file, as it hands it out. */
export const REPORT_OPTION = {
  name: 'report',
  value: '<file>',
  group: 'Report',
  help: "a validator's report.json or reports.jsonl",
  parse: path,
} as const;

/** `healthtensor miner status` */
export const STATUS_OPTIONS = {
  netuid,
  network,
  chainEndpoint,
  walletName,
  walletHotkey,
  walletPath,
  hotkey: HOTKEY_OPTION,
  hubEndpoint,
  stateDir,
  report: REPORT_OPTION,
  json: JSON_OPTION,
} as const satisfies OptionTable;
