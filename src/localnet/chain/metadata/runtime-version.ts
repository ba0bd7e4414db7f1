import { blake2AsHex } from '@polkadot/util-crypto';
import { RUNTIME_APIS } from './runtime-apis.js';

/** What the chain says it runs: the shapes of subtensor spec 424. */
export const RUNTIME_VERSION = {
  specName: 'node-subtensor',
  implName: 'node-subtensor',
  authoringVersion: 1,
  specVersion: 424,
  implVersion: 1,
  /** First 8 bytes of blake2b of each API's name, and its version. */
  apis: Object.entries(RUNTIME_APIS).map(([name, api]) => [blake2AsHex(name, 64), api.version] as const),
  transactionVersion: 1,
  systemVersion: 1,
} as const;
