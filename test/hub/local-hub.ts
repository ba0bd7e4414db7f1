import { Hub, type HubSettings } from '../../src/hub/index.js';
import { startLocalHub, type LocalHub } from '../../src/localnet/index.js';

export const MINER_TOKEN = 'hf_minertoken1234';
export const READER_TOKEN = 'hf_readertoken123';
export const VALIDATOR_TOKEN = 'hf_validatortoken';

/** The project's own hub with three users, in memory. */
export function startHub(): Promise<LocalHub> {
  return startLocalHub({
    port: 0,
    tokens: [
      { token: MINER_TOKEN, user: 'miner', role: 'write' },
      { token: READER_TOKEN, user: 'miner', role: 'read' },
      { token: VALIDATOR_TOKEN, user: 'validator', role: 'write' },
    ],
  });
}

/** A client of it that does not wait between attempts. */
export function hubOf(server: LocalHub, token: string | undefined, settings: Partial<HubSettings> = {}): Hub {
  return new Hub({ endpoint: server.url, token, wait: () => Promise.resolve(), ...settings });
}
