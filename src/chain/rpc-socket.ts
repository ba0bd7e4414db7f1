import { WebSocket } from 'ws';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { pendingRequest, type PendingRequest } from './pending-request.js';
import { connectionLost, notConnected, RpcError, timedOut, unreachable } from './rpc-errors.js';

export interface RpcSocketOptions {
  endpoint: string;
  log?: Log;
  /** For the first connection, and for each later attempt. */
  connectTimeoutMs: number;
  /** For each request. */
  requestTimeoutMs: number;
}

type Listener = (result: unknown) => void;

/** Metadata is about 0.7 MB of hex; nothing that is asked for here comes near this. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const PING_MS = 10_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;

/**
 * One JSON-RPC connection over a WebSocket that comes back by itself. Every request ends: with an answer, with an
 * RpcError, with CHAIN_TIMEOUT, or, at once, with CHAIN_UNREACHABLE or CHAIN_CONNECTION_LOST when there is no
 * connection. Prints nothing. WsProvider of @polkadot/rpc-provider does not do: a message that is no JSON is an uncaught
 * exception, a deadline is looked at only every 5 s, a peer that is silent holds its connection for ever and closing for
 * 30 s, and each outage is written to the console.
 */
export class RpcSocket {
  readonly endpoint: string;
  readonly #options: RpcSocketOptions;
  readonly #log: Log;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #subscriptions = new Map<string, Listener>();
  readonly #reconnected: (() => void)[] = [];
  #socket: WebSocket | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #generation = 0;
  #nextId = 1;
  #closed = false;

  private constructor(options: RpcSocketOptions) {
    this.endpoint = options.endpoint;
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  /** @throws HealthTensorError CHAIN_UNREACHABLE when there is no connection in time; the signal's reason when aborted. */
  static async open(options: RpcSocketOptions, signal?: AbortSignal): Promise<RpcSocket> {
    const rpc = new RpcSocket(options);
    await rpc.#connect(signal);
    return rpc;
  }

  /** Counts the connections that were made: 1 for the first. */
  get generation(): number {
    return this.#generation;
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * @throws RpcError when the node refuses; HealthTensorError CHAIN_UNREACHABLE when nothing was sent,
   * CHAIN_CONNECTION_LOST or CHAIN_TIMEOUT when it was sent and no answer came.
   */
  request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    return this.#send(method, params, () => {});
  }

  /** `onResult` runs before the next message is looked at, unlike what awaits the promise. */
  #send(method: string, params: readonly unknown[], onResult: (result: unknown) => void): Promise<unknown> {
    const socket = this.#socket;
    if (this.#closed) return Promise.reject(notConnected(this.endpoint, method, 'it was closed by us'));
    if (socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(notConnected(this.endpoint, method, 'the connection is down, reconnecting'));
    }
    const id = this.#nextId++;
    return new Promise((settle, reject) => {
      const resolve = (result: unknown) => {
        onResult(result);
        settle(result);
      };
      const late = () => timedOut(this.endpoint, method, this.#options.requestTimeoutMs);
      const done = () => this.#pending.delete(id);
      this.#pending.set(
        id,
        pendingRequest(this.#options.requestTimeoutMs, { resolve, reject, late, done, method }),
      );
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Subscribes on this connection; after a reconnect the caller does it again (see onReconnect). */
  async subscribe(method: string, params: readonly unknown[], listener: Listener): Promise<void> {
    await this.#send(method, params, (id) => {
      if (typeof id === 'string' || typeof id === 'number') this.#subscriptions.set(String(id), listener);
    });
  }

  /** Calls `listener` each time the connection is back after an outage. */
  onReconnect(listener: () => void): void {
    this.#reconnected.push(listener);
  }

  /** Gives this connection up for a new one, as an outage does; requests under way fail. */
  renew(): void {
    if (this.connected) this.#socket?.terminate();
  }

  /** Ends the connection and every request for good. Idempotent; nothing keeps the process alive afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket === undefined) return;
    const gone = new Promise<void>((resolve) => {
      if (socket.readyState === WebSocket.CLOSED) resolve();
      else socket.once('close', () => resolve());
    });
    if (socket.readyState === WebSocket.OPEN) {
      socket.close(1000);
      // A peer that does not answer the closing handshake would hold the process for 30 s.
      const impatience = setTimeout(() => socket.terminate(), 1_000);
      await gone;
      clearTimeout(impatience);
    } else {
      socket.terminate();
      await gone;
    }
  }

  async #connect(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { connectTimeoutMs } = this.#options;
    const socket = new WebSocket(this.endpoint, {
      handshakeTimeout: connectTimeoutMs,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    try {
      await new Promise<void>((resolve, reject) => {
        const deadline = setTimeout(
          () => reject(new Error(`no connection within ${connectTimeoutMs / 1000} s`)),
          connectTimeoutMs,
        );
        const abort = () => reject(signal?.reason as Error);
        const settle = (end: () => void) => () => {
          clearTimeout(deadline);
          signal?.removeEventListener('abort', abort);
          end();
        };
        signal?.addEventListener('abort', abort, { once: true });
        socket.once('open', settle(resolve));
        socket.once(
          'close',
          settle(() => reject(new Error('the connection was refused'))),
        );
        socket.on('error', (error) => reject(error));
      });
    } catch (error) {
      socket.terminate();
      if (signal?.aborted) throw error;
      throw unreachable(this.endpoint, error);
    }
    if (this.#closed) {
      socket.terminate();
      throw notConnected(this.endpoint, 'connect', 'it was closed by us');
    }
    this.#failures = 0;
    this.#generation += 1;
    socket.on('message', (bytes: Buffer) => this.#receive(bytes));
    socket.once('close', () => this.#lost());
    this.#keepAlive(socket);
  }

  /** A half-open connection looks healthy until one writes and waits: ping, and give up when no pong comes. */
  #keepAlive(socket: WebSocket): void {
    let answered = true;
    socket.on('pong', () => {
      answered = true;
    });
    this.#pinging = setInterval(() => {
      if (!answered) return socket.terminate();
      answered = false;
      socket.ping();
    }, PING_MS);
  }

  #lost(): void {
    clearInterval(this.#pinging);
    this.#subscriptions.clear();
    for (const request of [...this.#pending.values()])
      request.reject(connectionLost(this.endpoint, request.method));
    if (this.#closed) return;
    this.#log.warning(`The connection to the chain at ${this.endpoint} was lost; reconnecting`);
    this.#retryLater();
  }

  #retryLater(): void {
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    // Jitter, so that the clients of a node that restarts do not all come back at the same instant.
    const delay = longest * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => {
      this.#connect().then(
        () => {
          this.#log.info(`Connected to the chain at ${this.endpoint} again`);
          for (const listener of this.#reconnected) listener();
        },
        (error: unknown) => {
          if (this.#closed) return;
          this.#log.debug(messageOf(error));
          this.#retryLater();
        },
      );
    }, delay);
  }

  #receive(bytes: Buffer): void {
    let message: unknown;
    try {
      message = JSON.parse(bytes.toString('utf8'));
    } catch {
      this.#log.debug(`Ignored a message of ${this.endpoint} that is no JSON`);
      return;
    }
    if (typeof message !== 'object' || message === null) return;
    const { id, result, error, params } = message as Record<string, unknown>;
    if (typeof id === 'number') {
      const request = this.#pending.get(id);
      if (error !== undefined && error !== null) request?.reject(RpcError.from(request.method, error));
      else request?.resolve(result);
    } else if (typeof params === 'object' && params !== null) {
      const notice = params as Record<string, unknown>;
      this.#subscriptions.get(String(notice['subscription']))?.(notice['result']);
    }
  }
}

/** True when the error says that the node cannot be asked now, as opposed to that it refused. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof HealthTensorError &&
    ['CHAIN_UNREACHABLE', 'CHAIN_CONNECTION_LOST', 'CHAIN_TIMEOUT'].includes(error.code)
  );
}
