import { HealthTensorError } from '../common/errors.js';
import { KNOWN_GENESIS } from './endpoints.js';
import { asHash } from './json-shape.js';
import { isOutage } from './rpc-errors.js';
import type { Ask } from './rpc-socket.js';

/** Sees to it that every connection leads to the same chain: the expected one, else that of the first connection. */
export class GenesisCheck {
  #hash: string | undefined;

  /** @param expected 0x hex; undefined: whatever the first connection leads to */
  constructor(expected?: string) {
    this.#hash = expected?.toLowerCase();
  }

  /** @throws HealthTensorError WRONG_CHAIN, NOT_SUBTENSOR (no genesis at all); outages */
  readonly greet = async (endpoint: string, ask: Ask): Promise<void> => {
    const found = await genesisOf(endpoint, ask);
    this.#hash ??= found;
    if (found === this.#hash) return;
    throw new HealthTensorError(
      'WRONG_CHAIN',
      `The node at ${endpoint} serves another chain: its genesis is ${named(found)}, expected ${named(this.#hash)}`,
      { remedy: 'Give --subtensor.chain_endpoint only nodes of the network that you mean.' },
    );
  };
}

async function genesisOf(endpoint: string, ask: Ask): Promise<string> {
  try {
    return asHash(await ask('chain_getBlockHash', [0]), 'the genesis');
  } catch (error) {
    if (isOutage(error)) throw error;
    throw new HealthTensorError(
      'NOT_SUBTENSOR',
      `The chain at ${endpoint} is no subtensor: it does not answer as a Substrate node does`,
      { remedy: 'Check --subtensor.network and --subtensor.chain_endpoint.', cause: error },
    );
  }
}

function named(hash: string): string {
  const network = Object.entries(KNOWN_GENESIS).find(([, genesis]) => genesis === hash)?.[0];
  return network === undefined ? hash : `that of ${network} (${hash})`;
}
