import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { OptionTable } from '../../../src/cli/options/definition.js';
import { boolean, choice, integer, path } from '../../../src/cli/options/parsers.js';
import { readConfig, readDotenv, resolveOptions, type Sources } from '../../../src/cli/options/resolve.js';
import { redact } from '../../../src/common/log.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';

const TABLE = {
  netuid: { name: 'netuid', group: 'a', help: '', value: '<n>', fallback: '31', parse: integer(0, 65_535) },
  limit: {
    name: 'vpermit_tao_limit',
    aliases: ['neuron.vpermit_tao_limit'],
    group: 'a',
    help: '',
    fallback: '4096',
    parse: integer(0),
  },
  wallet: {
    name: 'wallet.name',
    group: 'a',
    help: '',
    variables: ['BT_WALLET_NAME'],
    parse: (_: string, text: string) => text,
  },
  restart: { name: 'restart', group: 'a', help: '', fallback: 'False', parse: boolean },
  mode: {
    name: 'training_mode',
    group: 'a',
    help: '',
    fallback: 'normal',
    parse: choice('fast', 'normal', 'slow'),
  },
  token: {
    name: 'access_token',
    group: 'a',
    help: '',
    variables: ['ACCESS_TOKEN'],
    secret: true,
    parse: (_: string, text: string) => text,
  },
} as const satisfies OptionTable;

const from = (sources: Partial<Sources>) =>
  resolveOptions(TABLE, { flags: {}, environment: {}, dotenv: {}, ...sources });
const configOf = (settings: Record<string, string>) => ({
  path: 'c.yaml',
  settings: new Map(Object.entries(settings)),
});

describe('resolveOptions', () => {
  test('takes the default when nobody says anything', () => {
    expect(from({})).toEqual({
      netuid: 31,
      limit: 4096,
      wallet: undefined,
      restart: false,
      mode: 'normal',
      token: undefined,
    });
  });

  test('prefers the flag to the environment, that to .env, that to the config file', () => {
    const config = configOf({ netuid: '4' });
    const dotenv = { HEALTHTENSOR_NETUID: '3' };
    const environment = { HEALTHTENSOR_NETUID: '2' };
    expect(from({ config }).netuid).toBe(4);
    expect(from({ config, dotenv }).netuid).toBe(3);
    expect(from({ config, dotenv, environment }).netuid).toBe(2);
    expect(from({ config, dotenv, environment, flags: { netuid: '1' } }).netuid).toBe(1);
  });

  test("reads Bittensor's own variables and older spellings", () => {
    expect(from({ environment: { BT_WALLET_NAME: 'mine' } }).wallet).toBe('mine');
    expect(from({ flags: { 'neuron.vpermit_tao_limit': '7' } }).limit).toBe(7);
    expect(from({ environment: { HEALTHTENSOR_NEURON_VPERMIT_TAO_LIMIT: '8' } }).limit).toBe(8);
  });

  test('takes a switch with and without a value', () => {
    expect(from({ flags: { restart: true } }).restart).toBe(true);
    expect(from({ flags: { restart: 'False' } }).restart).toBe(false);
    expect(from({ flags: { restart: 'True' } }).restart).toBe(true);
  });

  test('names the place, the expectation and what came when a value is bad', () => {
    expect(() => from({ flags: { netuid: 'x' } })).toThrow(
      'Expected a whole number from 0 to 65535 for --netuid but received "x"',
    );
    expect(() => from({ environment: { HEALTHTENSOR_NETUID: '-1' } })).toThrow('for HEALTHTENSOR_NETUID but');
    expect(() => from({ dotenv: { HEALTHTENSOR_NETUID: '1e3' } })).toThrow(
      'for HEALTHTENSOR_NETUID in .env but',
    );
    expect(() => from({ config: configOf({ training_mode: 'slwo' }) })).toThrow(
      'Expected one of fast, normal, slow for training_mode in c.yaml but received "slwo" (did you mean "slow"?)',
    );
  });

  test('refuses a setting of the config file that it does not know, with the nearest', () => {
    expect(() => from({ config: configOf({ netiud: '1' }) })).toThrow('(the nearest is netuid)');
  });

  test('never shows a secret that was read', () => {
    const { token } = from({ environment: { ACCESS_TOKEN: 'opensesame' } });
    expect(token).toBe('opensesame');
    expect(redact('tried opensesame')).toBe('tried [hidden]');
  });
});

describe('readConfig', () => {
  test('reads nested and dotted names alike, YAML and JSON', () =>
    inTemporaryFolder(async (folder) => {
      const yaml = join(folder, 'a.yaml');
      const json = join(folder, 'a.json');
      await writeFile(yaml, 'netuid: 5\nwallet:\n  name: mine\nneuron.epoch_length: 9\nrestart: true\n');
      await writeFile(json, '{"wallet.name": "mine"}');
      expect([...readConfig(yaml).settings]).toEqual([
        ['netuid', '5'],
        ['wallet.name', 'mine'],
        ['neuron.epoch_length', '9'],
        ['restart', 'true'],
      ]);
      expect([...readConfig(json).settings]).toEqual([['wallet.name', 'mine']]);
    }));

  test('refuses a missing file and a list with a sentence that names the file', () =>
    inTemporaryFolder(async (folder) => {
      const list = join(folder, 'list.yaml');
      await writeFile(list, '- a\n- b\n');
      expect(() => readConfig(join(folder, 'none.yaml'))).toThrow(/Cannot read the config file .*none\.yaml/);
      expect(() => readConfig(list)).toThrow(/settings by name for .*list\.yaml/);
    }));
});

describe('readDotenv', () => {
  test('reads pairs, and nothing when there is no file', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, '.env'), 'ACCESS_TOKEN=hf_x\nREPO_ID="a/b"\n');
      expect(readDotenv(join(folder, '.env'))).toEqual({ ACCESS_TOKEN: 'hf_x', REPO_ID: 'a/b' });
      expect(readDotenv(join(folder, 'none'))).toEqual({});
    }));
});

test('a path option takes ~ and makes relative paths absolute', () => {
  expect(path('--x', '~/a')).toBe(join(process.env.HOME ?? '', 'a'));
  expect(path('--x', 'a')).toBe(join(process.cwd(), 'a'));
});
