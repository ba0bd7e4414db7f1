import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { asNumber, asRecord } from './json-shape.js';
import type { RpcSocket } from './rpc-socket.js';

/** Told with CHAIN_STALLED, and whether a node is connected at all. */
export type OnStandstill = (error: HealthTensorError, connected: boolean) => void;

interface Waiter {
  readonly block: number;
  resolve(head: number): void;
  reject(error: Error): void;
}

/**
 * Knows the number of the best block, and watches that there are new ones. When none comes for `stallMs` the connection
 * is made anew, at the next endpoint: one that looks alive but is not, or that lost the subscription, would otherwise hold
 * a validator for days (RaoFoundation/bittensor#2444, BitMind-AI/bitmind-subnet#424). When none comes for as long again,
 * whoever waits is failed, and `onStandstill` is told, each time anew.
 */
export class HeadFollower {
  readonly #socket: RpcSocket;
  readonly #stallMs: number;
  readonly #log: Log;
  readonly #onStandstill: OnStandstill;
  readonly #waiters = new Set<Waiter>();
  #head = 0;
  #highest = 0;
  /** The last head that the present connection told of. */
  #ofThisConnection: number | undefined;
  /** Periods without a new head. */
  #standstills = 0;
  #watch: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(socket: RpcSocket, o: { stallMs: number; onStandstill?: OnStandstill; log?: Log }) {
    this.#socket = socket;
    this.#stallMs = o.stallMs;
    this.#onStandstill = o.onStandstill ?? (() => {});
    this.#log = o.log ?? silentLog;
  }

  /** Begins to follow; rejects when the node cannot be asked. */
  async start(): Promise<void> {
    this.#socket.onReconnect(() => {
      this.#subscribe().catch((error: unknown) => {
        this.#log.debug(`Heads are not followed: ${messageOf(error)}`);
        this.#socket.renew();
      });
    });
    await this.#subscribe();
    this.#watchForStall();
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
    this.#ofThisConnection = undefined;
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
    // Two nodes that stand still at different blocks are no chain that moves.
    const moves =
      number > this.#highest || (this.#ofThisConnection !== undefined && number !== this.#ofThisConnection);
    this.#ofThisConnection = number;
    this.#highest = Math.max(this.#highest, number);
    if (moves) {
      this.#standstills = 0;
      if (this.#watch !== undefined) this.#watchForStall();
    }
    if (number === this.#head) return;
    // The head may step back when a fork is abandoned; that is news as well.
    this.#head = number;
    for (const waiter of [...this.#waiters]) if (number >= waiter.block) waiter.resolve(number);
  }

  #watchForStall(): void {
    clearTimeout(this.#watch);
    if (this.#stopped) return;
    this.#watch = setTimeout(() => {
      this.#standstills += 1;
      this.#watchForStall();
      const error = this.#stalled();
      if (this.#standstills === 1) this.#log.warning(`${error.message}; trying another connection`);
      else {
        this.#failAll(error);
        this.#onStandstill(error, this.#socket.connected);
      }
      this.#socket.renew();
    }, this.#stallMs);
  }

  #stalled(): HealthTensorError {
    const seconds = (this.#standstills * this.#stallMs) / 1000;
    return new HealthTensorError(
      'CHAIN_STALLED',
      `The chain at ${this.#socket.endpoint} gave no new block for ${seconds} s; the last was ${this.#head}`,
      { remedy: 'Check the node, or add another with --subtensor.chain_endpoint.' },
    );
  }

  #failAll(error: HealthTensorError): void {
    for (const waiter of [...this.#waiters]) waiter.reject(error);
  }
}
