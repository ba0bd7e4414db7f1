import { OptionError } from '../common/errors.js';

const NETWORKS: Readonly<Record<string, string>> = {
  finney: 'wss://entrypoint-finney.opentensor.ai:443',
  test: 'wss://test.finney.opentensor.ai:443',
  local: 'ws://127.0.0.1:9944',
};

/**
 * The WebSocket address of a network's name (finney, test, local), or the address itself when it is one already.
 * @throws OptionError for anything else, naming `option`.
 */
export function endpointOf(network: string, option = '--subtensor.network'): string {
  if (Object.hasOwn(NETWORKS, network)) return NETWORKS[network] as string;
  if (/^wss?:\/\//.test(network) && URL.canParse(network) && new URL(network).hostname !== '') return network;
  throw new OptionError(
    option,
    'finney, test, local or a ws:// or wss:// address',
    network,
    Object.keys(NETWORKS),
  );
}
