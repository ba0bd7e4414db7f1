import type { OptionTable } from './definition.js';
import { boolean, number } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';

const { netuid, network, chainEndpoint, walletName, walletHotkey, walletPath, debug, trace, loggingDir } =
  SHARED_OPTIONS;

/** `healthtensor register` */
export const REGISTER_OPTIONS = {
  netuid,
  network,
  chainEndpoint,
  walletName,
  walletHotkey,
  walletPath,
  slippage: {
    name: 'slippage',
    value: '<percent>',
    group: 'Payment',
    help: 'how far above the shown price the payment may be; each registration just before yours raises it by 26 %',
    fallback: '30',
    parse: number(0, 1000),
  },
  yes: {
    name: 'yes',
    group: 'Payment',
    help: 'register without asking for a confirmation',
    fallback: 'False',
    parse: boolean,
  },
  debug,
  trace,
  loggingDir,
} as const satisfies OptionTable;
