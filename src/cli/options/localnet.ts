import { HealthTensorError, OptionError } from '../../common/errors.js';
import type { OptionTable } from './definition.js';
import { boolean, integer, number, path, text } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';

const port = integer(0, 65_535);

/** The local net's flags. */
export const LOCALNET_OPTIONS = {
  directory: {
    name: 'directory',
    value: '<folder>',
    group: 'Local net',
    help: 'keep the chain and the hub in this folder (default: in memory, gone at the end)',
    parse: path,
  },
  chainPort: {
    name: 'chain_port',
    value: '<port>',
    group: 'Local net',
    help: 'port of the chain; 0 takes a free one',
    fallback: '9944',
    parse: port,
  },
  hubPort: {
    name: 'hub_port',
    value: '<port>',
    group: 'Local net',
    help: 'port of the hub; 0 takes a free one',
    fallback: '9945',
    parse: port,
  },
  blockSeconds: {
    name: 'block_seconds',
    value: '<seconds>',
    group: 'Local net',
    help: 'time between blocks (finney: 12)',
    fallback: '1',
    parse: number(0.05, 60),
  },
  netuid: SHARED_OPTIONS.netuid,
  tempo: {
    name: 'tempo',
    value: '<blocks>',
    group: 'Local net',
    help: 'blocks in an epoch of the subnet',
    fallback: '20',
    parse: integer(1, 50_400),
  },
  weightsRateLimit: {
    name: 'weights_rate_limit',
    value: '<blocks>',
    group: 'Local net',
    help: 'least blocks between two weight settings of one validator',
    fallback: '5',
    parse: integer(0, 100_000),
  },
  commitReveal: {
    name: 'commit_reveal',
    group: 'Local net',
    help: 'the subnet wants weights committed and revealed',
    fallback: 'False',
    parse: boolean,
  },
  beacon: {
    name: 'beacon',
    group: 'Local net',
    help: "the chain's own drand beacon sends the pulses that reveal; False keeps it silent",
    fallback: 'True',
    parse: boolean,
  },
  endow: {
    name: 'endow',
    value: '<address=tao,...>',
    group: 'Local net',
    help: 'accounts that start with a balance, besides the development accounts (//Alice ...)',
    fallback: '',
    parse: endowments,
  },
  tokens: {
    name: 'hub_tokens',
    group: 'Hub',
    help: 'users of the hub as user=hf_token,... (default: a user "local" with a printed token)',
    secret: true,
    parse: hubTokens,
  },
  debug: SHARED_OPTIONS.debug,
  trace: SHARED_OPTIONS.trace,
  loggingDir: SHARED_OPTIONS.loggingDir,
} as const satisfies OptionTable;

function pairs(option: string, expected: string, value: string): [string, string][] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.lastIndexOf('=');
      if (at <= 0 || at === part.length - 1) throw new OptionError(option, expected, part);
      return [part.slice(0, at), part.slice(at + 1)];
    });
}

function endowments(option: string, value: string): { address: string; tao: number }[] {
  return pairs(option, 'address=tao', value).map(([address, tao]) => ({
    address: text(option, address),
    tao: number(0, 9_000_000)(option, tao), // what a safe integer holds in rao
  }));
}

function hubTokens(option: string, value: string): { token: string; user: string; role: 'write' }[] {
  return value.split(',').map((part) => {
    const [user, token, ...rest] = part.trim().split('=');
    if (
      user === undefined ||
      !/^[A-Za-z0-9][\w-]*$/.test(user) ||
      !/^hf_\w+$/.test(token ?? '') ||
      rest.length > 0
    ) {
      throw new HealthTensorError('BAD_OPTION', `Expected user=hf_token pairs for ${option}.`);
    }
    return { token: token ?? '', user, role: 'write' };
  });
}
