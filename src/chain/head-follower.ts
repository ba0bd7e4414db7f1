import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { asNumber, asRecord } from './json-shape.js';
import type { RpcSocket } from './rpc-socket.js';

interface Waiter {
  readonly block: number;
  resolve(head: number): void;
  reject(error: Error): void;
}

/**
 * Knows the number of the best block. A chain that gives no new head for `stallMs` fails whoever waits, and the
 * connection is made anew: one that looks alive but is not, or that lost the subscription, would otherwise hold a
 * validator for days (RaoFoundation/bittensor#2444).
 */
export class HeadFollower {
  readonly #socket: RpcSocket;
  readonly #stallMs: number;
  readonly #log: Log;
  readonly #waiters = new Set<Waiter>();
  #head = 0;
  #watch: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(socket: RpcSocket, o: { stallMs: number; log?: Log }) {
    this.#socket = socket;
    this.#stallMs = o.stallMs;
    this.#log = o.log ?? silentLog;
  }

  /** Begins to follow; rejects when the node cannot be asked. */
  async start(): Promise<void> {
    this.#socket.onReconnect(() => {
      this.#subscribe().catch((error: unknown) =>
        this.#log.debug(`Heads are not followed: ${messageOf(error)}`),
      );
    });
    await this.#subscribe();
  }

  /** The newest head that was heard of. */
  get head(): number {
    return this.#head;
  }

  /**
   * Resolves with the head once it is at `block` or later.
   * @throws HealthTensorError CHAIN_STALLED, CHAIN_UNREACHABLE after `stop`; the signal's reason when aborted.
   */
  async reach(block: number, signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    if (this.#stopped) throw this.#closed();
    if (this.#head >= block) return this.#head;
    return new Promise<number>((resolve, reject) => {
      const settle = (end: () => void) => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', abort);
        if (this.#waiters.size === 0) clearTimeout(this.#watch);
        end();
      };
      const waiter: Waiter = {
        block,
        resolve: (head) => settle(() => resolve(head)),
        reject: (error) => settle(() => reject(error)),
      };
      const abort = () => waiter.reject(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      if (this.#waiters.size === 1) this.#watchForStall();
    });
  }

  /** Fails everybody who waits or will. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#watch);
    this.#failAll(this.#closed());
  }

  #closed(): HealthTensorError {
    const { endpoint } = this.#socket;
    return new HealthTensorError(
      'CHAIN_UNREACHABLE',
      `The connection to the chain at ${endpoint} was closed by us`,
    );
  }

  async #subscribe(): Promise<void> {
    await this.#socket.subscribe('chain_subscribeNewHead', [], (header) => this.#receive(header));
    // The subscription tells of the next block; who waits for the present one must not wait for that.
    this.#receive(await this.#socket.request('chain_getHeader'));
  }

  #receive(header: unknown): void {
    let number: number;
    try {
      number = asNumber(asRecord(header, 'a header')['number'], 'a block number');
    } catch (error) {
      this.#log.debug(messageOf(error));
      return;
    }
    if (number === this.#head) return;
    // The head may step back when a fork is abandoned; that is news as well.
    this.#head = number;
    if (this.#waiters.size > 0) this.#watchForStall();
    for (const waiter of [...this.#waiters]) if (number >= waiter.block) waiter.resolve(number);
  }

  #watchForStall(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      const { endpoint } = this.#socket;
      this.#failAll(
        new HealthTensorError(
          'CHAIN_STALLED',
          `The chain at ${endpoint} gave no new block for ${this.#stallMs / 1000} s; the last was ${this.#head}`,
          { remedy: 'Check the node, or choose another with --subtensor.chain_endpoint.' },
        ),
      );
      this.#socket.renew();
    }, this.#stallMs);
  }

  #failAll(error: HealthTensorError): void {
    for (const waiter of [...this.#waiters]) waiter.reject(error);
  }
}
