import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { addOptions } from '../../../src/cli/options/command.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import { chainEndpointsOf, SHARED_OPTIONS } from '../../../src/cli/options/shared.js';

const TABLE = { network: SHARED_OPTIONS.network, chainEndpoint: SHARED_OPTIONS.chainEndpoint };

function endpoints(args: readonly string[], environment: Record<string, string> = {}): readonly string[] {
  const command = addOptions(new Command(), TABLE).exitOverride();
  command.parse(args, { from: 'user' });
  return chainEndpointsOf(resolveOptions(TABLE, { flags: command.opts(), environment, dotenv: {} }));
}

describe('the endpoints of the chain', () => {
  test('are the one of the network unless addresses are given', () => {
    expect(endpoints([])).toEqual(['wss://entrypoint-finney.opentensor.ai:443']);
    expect(endpoints(['--subtensor.network', 'test'])).toEqual(['wss://test.finney.opentensor.ai:443']);
    expect(endpoints(['--subtensor.network', 'test', '--subtensor.chain_endpoint', 'ws://a'])).toEqual([
      'ws://a',
    ]);
  });

  test('may be several: the flag repeated, commas in the variable', () => {
    const flag = '--subtensor.chain_endpoint';
    expect(endpoints([flag, 'ws://a:1', flag, 'wss://b/x'])).toEqual(['ws://a:1', 'wss://b/x']);
    expect(endpoints([], { BT_SUBTENSOR_CHAIN_ENDPOINT: 'ws://a:1, wss://b/x' })).toEqual([
      'ws://a:1',
      'wss://b/x',
    ]);
  });

  test('are refused one by one, each by what is wrong with it', () => {
    expect(() => endpoints(['--subtensor.chain_endpoint', 'ws://a,http://b'])).toThrow(
      /Expected a ws:\/\/ or wss:\/\/ URL for --subtensor.chain_endpoint but received "http:\/\/b"/,
    );
  });
});

describe('the hosts that a mirror may send downloads to', () => {
  const HOSTS = { downloadHosts: SHARED_OPTIONS.downloadHosts };
  const hosts = (text: string) =>
    resolveOptions(HOSTS, { flags: {}, environment: { HF_DOWNLOAD_HOSTS: text }, dotenv: {} }).downloadHosts;

  test('are names, for https alone, or whole origins', () => {
    expect(hosts('cdn.example.org, HTTPS://Store.example:8443/,http://10.0.0.7:9000')).toEqual([
      'cdn.example.org',
      'https://store.example:8443',
      'http://10.0.0.7:9000',
    ]);
  });

  test.each([
    'com',
    '*.example.org',
    '10.0.0.7',
    'https://cdn.example.org/files',
    'ftp://a.b',
    'https://me:geheim@a.b',
  ])('are not %j', (text) => {
    expect(() => hosts(`cdn.example.org,${text}`)).toThrow(/HF_DOWNLOAD_HOSTS|--hub.download_hosts/);
  });
});
