import { RpcSocket } from '../../src/chain/rpc-socket.js';
import type { RunningChain } from '../../src/localnet/index.js';

/** Builds the blocks of a local chain that builds none by itself (`blockMs: 0`): tests then depend on no clock. */
export class ManualChain {
  readonly #node: Pick<RunningChain, 'buildBlock'>;
  readonly #socket: RpcSocket;

  private constructor(node: Pick<RunningChain, 'buildBlock'>, socket: RpcSocket) {
    this.#node = node;
    this.#socket = socket;
  }

  static async of(node: RunningChain): Promise<ManualChain> {
    const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 };
    return new ManualChain(node, await RpcSocket.open({ endpoints: [node.url], ...timeouts }));
  }

  /** The result of a submission: each extrinsic that comes gets a block of its own. */
  async during<T>(submit: () => Promise<T>): Promise<T> {
    let done = false;
    const result = submit().finally(() => (done = true));
    result.catch(() => {}); // it is awaited below
    while (!done) {
      const waiting = await this.#socket.request('author_pendingExtrinsics');
      if (Array.isArray(waiting) && waiting.length > 0) await this.#node.buildBlock();
    }
    return result;
  }

  /** Builds block after block until the promise settles. */
  async until<T>(waiting: Promise<T>): Promise<T> {
    let done = false;
    waiting.finally(() => (done = true)).catch(() => {}); // it is awaited below
    while (!done) {
      await this.#node.buildBlock();
      await this.#socket.request('chain_getHeader'); // a block alone would never let the sockets have their turn
    }
    return waiting;
  }

  /** Builds blocks until the head is block `number`. */
  async reach(number: number): Promise<void> {
    while ((await this.#node.buildBlock()).number < number);
  }

  async blocks(count: number): Promise<void> {
    for (let built = 0; built < count; built++) await this.#node.buildBlock();
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
