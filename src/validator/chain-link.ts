import { type Chain, connectChain } from '../chain/index.js';
import { HealthTensorError, type Log, messageOf } from '../common/index.js';
import { pause } from './pause.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** The one connection of a validator, replaced when it breaks. */
export class ChainLink {
  readonly #endpoint: string;
  readonly #log: Log;
  #chain: Chain | undefined;

  constructor(endpoint: string, log: Log) {
    this.#endpoint = endpoint;
    this.#log = log;
  }

  /** The connection, made when there is none. @throws HealthTensorError CHAIN_UNREACHABLE */
  async chain(signal?: AbortSignal): Promise<Chain> {
    this.#chain ??= await connectChain({
      endpoint: this.#endpoint,
      log: this.#log,
      ...(signal ? { signal } : {}),
    });
    return this.#chain;
  }

  /** Throws the connection away and makes a new one, trying again until there is one or the signal is aborted. */
  async renew(signal?: AbortSignal): Promise<Chain> {
    await this.close();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await this.chain(signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HealthTensorError)) throw error;
        this.#log.warning(`The chain is out of reach (${messageOf(error)}); the weights stay as they are.`);
      }
      await pause(pauseMs, signal);
    }
  }

  async close(): Promise<void> {
    const chain = this.#chain;
    this.#chain = undefined;
    await chain?.close();
  }
}
