import { endpointOf } from '../../chain/endpoints.js';
import { OptionError } from '../../common/errors.js';
import { parseRepoId, parseRevision, type RepoId, type Revision } from '../../common/identifiers.js';
import { Log } from '../../common/log.js';
import { parseDevice } from '../../engine/device-request.js';
import { parseHosts } from '../../hub/origin-policy.js';
import type { OptionTable, Values } from './definition.js';
import { boolean, integer, path } from './parsers.js';

/** A parser of Hub repository ids. */
export function repoId(option: string, value: string): RepoId {
  const repo = parseRepoId(value.trim());
  if (repo === undefined) throw new OptionError(option, 'a Hub repository such as name/model', value);
  return repo;
}

/** A parser of Hub commit ids. */
export function revision(option: string, value: string): Revision {
  const parsed = parseRevision(value.trim());
  if (parsed === undefined) throw new OptionError(option, 'a commit id of 40 hex digits', value);
  return parsed;
}

const url = (option: string, value: string): string => {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new OptionError(option, 'an http or https URL', value);
  }
  return value.replace(/\/+$/, '');
};

/** A Hugging Face token. */
export function hubToken(option: string, value: string): string {
  // Never echoed: whatever came may be a mistyped secret.
  if (!/^hf_\S+$/.test(value.trim()))
    throw new OptionError(option, 'a token that starts with hf_', 'something else');
  return value.trim();
}

const walletPart = (option: string, value: string): string => {
  if (!/^[^/\\\0]+$/.test(value) || value === '.' || value === '..') {
    throw new OptionError(option, 'a name without slashes', value);
  }
  return value;
};

/** What the miner and the validator share: Bittensor's flags, the Hub and the data set. */
export const SHARED_OPTIONS = {
  netuid: {
    name: 'netuid',
    value: '<number>',
    group: 'Subnet',
    help: 'subnet to work on',
    fallback: '31',
    parse: integer(0, 65_535),
  },
  network: {
    name: 'subtensor.network',
    value: '<name>',
    group: 'Subnet',
    help: 'finney, test, local, or a ws:// or wss:// URL',
    variables: ['BT_SUBTENSOR_NETWORK', 'BT_NETWORK'],
    fallback: 'finney',
    parse: (option, value) => {
      endpointOf(value, option);
      return value;
    },
  },
  chainEndpoint: {
    name: 'subtensor.chain_endpoint',
    value: '<url>',
    group: 'Subnet',
    help: 'ws:// or wss:// URL of a chain node; stronger than the network. Repeat it (or use commas): the next one is used when one fails',
    variables: ['BT_SUBTENSOR_CHAIN_ENDPOINT', 'BT_CHAIN_ENDPOINT'],
    repeatable: true,
    parse: (option, value) =>
      value.split(',').map((part) => {
        const url = part.trim();
        if (!/^wss?:\/\//.test(url)) throw new OptionError(option, 'a ws:// or wss:// URL', url);
        return endpointOf(url, option);
      }),
  },
  walletName: {
    name: 'wallet.name',
    value: '<name>',
    group: 'Wallet',
    help: 'wallet (coldkey) name',
    variables: ['BT_WALLET_NAME', 'BT_WALLET'],
    fallback: 'default',
    parse: walletPart,
  },
  walletHotkey: {
    name: 'wallet.hotkey',
    value: '<name>',
    group: 'Wallet',
    help: 'hotkey name',
    variables: ['BT_WALLET_HOTKEY'],
    fallback: 'default',
    parse: walletPart,
  },
  walletPath: {
    name: 'wallet.path',
    value: '<folder>',
    group: 'Wallet',
    help: 'folder of the wallets',
    variables: ['BT_WALLET_PATH'],
    fallback: '~/.bittensor/wallets',
    parse: path,
  },
  device: {
    name: 'device',
    value: '<device>',
    group: 'Machine',
    help: 'gpu, gpu:0,2, cpu or cpu:4; gpu takes CUDA when there is one, else says so and uses the CPU',
    fallback: 'gpu',
    parse: (option, value) => {
      parseDevice(option, value);
      return value;
    },
  },
  datasetPath: {
    name: 'dataset.path',
    value: '<folder>',
    group: 'Data',
    help: 'folder with Data_Entry.csv and images/',
    fallback: 'dataset',
    parse: path,
  },
  datasetCache: {
    name: 'dataset.cache',
    value: '<folder>',
    group: 'Data',
    help: "folder for this data set's decoded pixels (default: below ~/.cache/healthtensor/pixels)",
    parse: path,
  },
  hubEndpoint: {
    name: 'hub.endpoint',
    value: '<url>',
    group: 'Hub',
    help: 'Hugging Face Hub to use (also HF_ENDPOINT)',
    variables: ['HF_ENDPOINT'],
    fallback: 'https://huggingface.co',
    parse: url,
  },
  downloadHosts: {
    name: 'hub.download_hosts',
    value: '<host,...>',
    group: 'Hub',
    help: "where a mirror may send downloads, besides the Hub's own hosts (also HF_DOWNLOAD_HOSTS)",
    variables: ['HF_DOWNLOAD_HOSTS'],
    repeatable: true,
    parse: parseHosts,
  },
  accessToken: {
    name: 'access_token',
    group: 'Hub',
    help: 'Hugging Face token',
    variables: ['ACCESS_TOKEN', 'HF_TOKEN'],
    secret: true,
    parse: hubToken,
  },
  debug: {
    name: 'logging.debug',
    group: 'Logging',
    help: 'log more',
    fallback: 'False',
    parse: boolean,
  },
  trace: {
    name: 'logging.trace',
    group: 'Logging',
    help: 'log everything',
    fallback: 'False',
    parse: boolean,
  },
  loggingDir: {
    name: 'logging.logging_dir',
    value: '<folder>',
    group: 'Logging',
    help: 'also write the log to a file in this folder',
    parse: path,
  },
  stateDir: {
    name: 'state_dir',
    value: '<folder>',
    group: 'Machine',
    help: 'folder for state (default: below ~/.bittensor, by wallet, hotkey and netuid)',
    parse: path,
  },
} as const satisfies OptionTable;

type Shared = Values<typeof SHARED_OPTIONS>;

/** The chain's URLs: the endpoint flags, else the network's one. */
export function chainEndpointsOf(options: Pick<Shared, 'network' | 'chainEndpoint'>): readonly string[] {
  return options.chainEndpoint ?? [endpointOf(options.network)];
}

/** Where the wallet lies. */
export function walletOf(options: Pick<Shared, 'walletName' | 'walletHotkey' | 'walletPath'>): {
  name: string;
  hotkey: string;
  path: string;
} {
  // The default is written with ~ for the help.
  return {
    name: options.walletName,
    hotkey: options.walletHotkey,
    path: path('--wallet.path', options.walletPath),
  };
}

/** The log that the logging flags ask for. */
export function logOf(options: Pick<Shared, 'debug' | 'trace' | 'loggingDir'>, name: string): Log {
  return new Log({
    level: options.trace ? 'TRACE' : options.debug ? 'DEBUG' : 'INFO',
    directory: options.loggingDir,
    name,
    colour: process.stderr.isTTY && process.env.NO_COLOR === undefined,
  });
}
