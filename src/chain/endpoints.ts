import { OptionError } from '../common/errors.js';
import { hideSecret } from '../common/log.js';

const NETWORKS: Readonly<Record<string, string>> = {
  finney: 'wss://entrypoint-finney.opentensor.ai:443',
  test: 'wss://test.finney.opentensor.ai:443',
  local: 'ws://127.0.0.1:9944',
};

/**
 * Block 0 of the public networks. finney: subtensor's own sources (pallets/subtensor/src/tests/migration.rs) and
 * @polkadot/networks; test: as several public tools pin it for test.finney.opentensor.ai.
 */
export const KNOWN_GENESIS: Readonly<Record<string, string>> = {
  finney: '0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03',
  test: '0x8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105',
};

/** The genesis that these endpoints must have, when one of them is the entrance of a public network. */
export function expectedGenesisOf(endpoints: readonly string[]): string | undefined {
  const known = Object.entries(NETWORKS).find(([, address]) => endpoints.includes(address));
  return known && KNOWN_GENESIS[known[0]];
}

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

/** Parts of a path from this length on may be the key of an account with a provider of nodes. */
const KEY_LENGTH = 16;

/** Keeps what may be a secret in the address (a password, the query, a long part of the path) out of logs and errors. */
export function hideKeysIn(endpoint: string): void {
  if (!URL.canParse(endpoint)) return;
  const { password, search, pathname } = new URL(endpoint);
  const keys = pathname.split('/').filter((part) => part.length >= KEY_LENGTH);
  for (const secret of [password, search, ...keys]) hideSecret(secret);
}
