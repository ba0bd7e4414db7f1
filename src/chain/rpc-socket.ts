import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { EndpointRota, type Failure } from './endpoint-rota.js';
import { openWebSocket } from './open-websocket.js';
import { type Listener, RpcChannel } from './rpc-channel.js';
import { isRateLimit, isTooMuch, notConnected, rateLimited } from './rpc-errors.js';

export type Ask = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export interface RpcSocketOptions {
  /** `ws://` or `wss://` addresses of nodes of the same chain; the first that works is used, and the next when it fails. */
  endpoints: readonly string[];
  log?: Log;
  /** For each attempt to connect. */
  connectTimeoutMs: number;
  /** For each request. */
  requestTimeoutMs: number;
  /**
   * Looks at each new connection before anybody may use it; what it throws ends the connection.
   * WRONG_CHAIN leaves the endpoint alone for minutes.
   */
  greet?: (endpoint: string, ask: Ask) => Promise<void>;
  /** For the jitter of retries: a number in [0, 1). Default Math.random. */
  random?: () => number;
}

/**
 * One JSON-RPC connection over a WebSocket that comes back by itself, at another endpoint when there are several. Every
 * request ends: with an answer, with an RpcError, with CHAIN_TIMEOUT, or, at once, with CHAIN_UNREACHABLE or
 * CHAIN_CONNECTION_LOST when there is no connection. Prints nothing. WsProvider of @polkadot/rpc-provider does not do: a
 * message that is no JSON is an uncaught exception, a deadline is looked at only every 5 s, a peer that is silent holds
 * its connection for ever and closing for 30 s, and each outage is written to the console.
 */
export class RpcSocket {
  readonly #options: RpcSocketOptions;
  readonly #rota: EndpointRota;
  readonly #log: Log;
  readonly #reconnected: (() => void)[] = [];
  /** Ends an attempt to connect when we are closed meanwhile. */
  readonly #closing = new AbortController();
  #channel: RpcChannel | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempt: Promise<void> | undefined;
  #generation = 0;
  /** Why the present connection will have ended when it does. */
  #lostBy: Failure = 'lost';

  private constructor(options: RpcSocketOptions) {
    this.#options = options;
    this.#rota = new EndpointRota(options.endpoints, options.random ?? Math.random);
    this.#log = options.log ?? silentLog;
  }

  /**
   * Tries each endpoint once, in order.
   * @throws HealthTensorError of the first endpoint when none works: CHAIN_UNREACHABLE, CHAIN_RATE_LIMITED, what `greet`
   * throws; WRONG_CHAIN of any of them; the signal's reason when aborted.
   */
  static async open(options: RpcSocketOptions, signal?: AbortSignal): Promise<RpcSocket> {
    const rpc = new RpcSocket(options);
    let first: unknown;
    for (let left = options.endpoints.length; left > 0; left--) {
      try {
        await rpc.#connect(signal);
        return rpc;
      } catch (error) {
        if (signal?.aborted || isWrongChain(error)) throw error;
        first ??= error;
        rpc.#log.debug(messageOf(error));
        rpc.#failed(error);
      }
    }
    throw first;
  }

  /** The endpoint that is used now, or tried next. */
  get endpoint(): string {
    return this.#rota.current;
  }

  /** Counts the connections that were made: 1 for the first. */
  get generation(): number {
    return this.#generation;
  }

  get connected(): boolean {
    return this.#channel?.open === true;
  }

  /**
   * @throws RpcError when the node refuses; HealthTensorError CHAIN_UNREACHABLE when nothing was sent,
   * CHAIN_CONNECTION_LOST or CHAIN_TIMEOUT when it was sent and no answer came, CHAIN_RATE_LIMITED when the node answers
   * that it is asked too much: then the connection is given up as well.
   */
  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const channel = this.#open(method);
    try {
      const answer = await channel.request(method, params);
      if (channel === this.#channel) this.#rota.worked();
      return answer;
    } catch (error) {
      if (!isTooMuch(error)) throw error;
      if (channel === this.#channel) this.#lostBy = 'rate-limited';
      channel.terminate();
      throw rateLimited(channel.endpoint, error.message, 0);
    }
  }

  /** Subscribes on this connection; after a reconnect the caller does it again (see onReconnect). */
  async subscribe(method: string, params: readonly unknown[], listener: Listener): Promise<void> {
    await this.#open(method).subscribe(method, params, listener);
  }

  /** Calls `listener` each time the connection is back after an outage. */
  onReconnect(listener: () => void): void {
    this.#reconnected.push(listener);
  }

  /** Gives this connection up for a new one, at the next endpoint, as an outage does; requests under way fail. */
  renew(): void {
    this.#channel?.terminate();
  }

  /** Ends the connection and every request for good. Idempotent; nothing keeps the process alive afterwards. */
  async close(): Promise<void> {
    this.#closing.abort(notConnected(this.endpoint, 'connect', 'it was closed by us'));
    clearTimeout(this.#retry);
    await this.#attempt;
    await this.#channel?.close();
  }

  #open(method: string): RpcChannel {
    if (this.#closing.signal.aborted) throw notConnected(this.endpoint, method, 'it was closed by us');
    const channel = this.#channel;
    if (channel?.open === true) return channel;
    throw notConnected(this.endpoint, method, 'the connection is down, reconnecting');
  }

  /** One attempt at the endpoint whose turn it is. */
  async #connect(signal?: AbortSignal): Promise<void> {
    const { connectTimeoutMs, requestTimeoutMs, greet } = this.#options;
    const { endpoint } = this;
    const giveUp = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    const socket = await openWebSocket(endpoint, { timeoutMs: connectTimeoutMs, signal: giveUp });
    const channel = new RpcChannel(socket, { endpoint, requestTimeoutMs, log: this.#log });
    const end = () => channel.terminate();
    giveUp.addEventListener('abort', end, { once: true });
    try {
      await greet?.(endpoint, (method, params = []) => channel.request(method, params));
      giveUp.throwIfAborted();
    } catch (error) {
      channel.terminate();
      await channel.ended;
      throw giveUp.aborted ? giveUp.reason : error;
    } finally {
      giveUp.removeEventListener('abort', end);
    }
    this.#channel = channel;
    this.#generation += 1;
    void channel.ended.then(() => this.#lost());
  }

  #lost(): void {
    if (this.#closing.signal.aborted) return;
    const left = this.endpoint;
    const next = this.#rota.failed(performance.now(), this.#lostBy);
    this.#lostBy = 'lost';
    const where = next.endpoint === left ? '' : ` at ${next.endpoint}`;
    this.#log.warning(`The connection to the chain at ${left} was lost; reconnecting${where}`);
    this.#retryIn(next.waitMs);
  }

  #retryIn(waitMs: number): void {
    this.#retry = setTimeout(() => {
      this.#attempt = this.#connect().then(
        () => {
          this.#log.info(`Connected to the chain at ${this.endpoint} again`);
          for (const listener of this.#reconnected) listener();
        },
        (error: unknown) => {
          if (this.#closing.signal.aborted) return;
          if (isWrongChain(error)) this.#log.error(messageOf(error));
          else this.#log.debug(messageOf(error));
          this.#retryIn(this.#failed(error).waitMs);
        },
      );
    }, waitMs);
  }

  /** Whose turn it is after an attempt that failed like this. */
  #failed(error: unknown): { endpoint: string; waitMs: number } {
    const limit = isRateLimit(error) ? error : undefined;
    const failure: Failure = isWrongChain(error) ? 'foreign' : limit === undefined ? 'lost' : 'rate-limited';
    return this.#rota.failed(performance.now(), failure, limit?.retryAfterMs);
  }
}

const isWrongChain = (error: unknown): boolean =>
  error instanceof HealthTensorError && error.code === 'WRONG_CHAIN';
