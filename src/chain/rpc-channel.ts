import { WebSocket } from 'ws';
import type { Log } from '../common/log.js';
import { pendingRequest, type PendingRequest } from './pending-request.js';
import { connectionLost, notConnected, RpcError, timedOut } from './rpc-errors.js';

export type Listener = (result: unknown) => void;

const PING_MS = 10_000;
/** So many requests without any answer in between, and the node is taken for dead, whatever it answers to pings. */
const MOST_TIMEOUTS = 2;

/** JSON-RPC over one open WebSocket, to its end: it does not come back. Every request settles. */
export class RpcChannel {
  readonly endpoint: string;
  readonly #socket: WebSocket;
  readonly #timeoutMs: number;
  readonly #log: Log;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #subscriptions = new Map<string, Listener>();
  readonly #pinging: NodeJS.Timeout;
  readonly #ended: Promise<void>;
  #timeouts = 0;
  #nextId = 1;

  constructor(socket: WebSocket, o: { endpoint: string; requestTimeoutMs: number; log: Log }) {
    this.#socket = socket;
    this.endpoint = o.endpoint;
    this.#timeoutMs = o.requestTimeoutMs;
    this.#log = o.log;
    this.#pinging = this.#keepAlive();
    socket.on('message', (bytes: Buffer) => this.#receive(bytes));
    this.#ended = new Promise((resolve) => {
      socket.once('close', () => {
        clearInterval(this.#pinging);
        this.#subscriptions.clear();
        for (const request of [...this.#pending.values()])
          request.reject(connectionLost(this.endpoint, request.method));
        resolve();
      });
    });
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Resolves when the connection has ended, whoever ended it. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /**
   * `onResult` runs before the next message is looked at, unlike what awaits the promise.
   * @throws RpcError, CHAIN_CONNECTION_LOST, CHAIN_TIMEOUT; CHAIN_UNREACHABLE when it was not sent
   */
  request(method: string, params: readonly unknown[], onResult: Listener = () => {}): Promise<unknown> {
    if (!this.open)
      return Promise.reject(notConnected(this.endpoint, method, 'the connection is down, reconnecting'));
    const id = this.#nextId++;
    return new Promise((settle, reject) => {
      const resolve = (result: unknown) => {
        onResult(result);
        settle(result);
      };
      const late = () => {
        this.#timeouts += 1;
        if (this.#timeouts >= MOST_TIMEOUTS) this.terminate();
        return timedOut(this.endpoint, method, this.#timeoutMs);
      };
      const done = () => this.#pending.delete(id);
      this.#pending.set(id, pendingRequest(this.#timeoutMs, { resolve, reject, late, done, method }));
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** News of the subscription go to `listener` until the channel ends. */
  async subscribe(method: string, params: readonly unknown[], listener: Listener): Promise<void> {
    await this.request(method, params, (id) => {
      if (typeof id === 'string' || typeof id === 'number') this.#subscriptions.set(String(id), listener);
    });
  }

  /** Ends at once, as an outage does. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Ends as is proper; within a second, whatever the peer does. */
  async close(): Promise<void> {
    if (!this.open) this.#socket.terminate();
    else this.#socket.close(1000);
    // A peer that does not answer the closing handshake would hold the process for 30 s.
    const impatience = setTimeout(() => this.#socket.terminate(), 1_000);
    await this.#ended;
    clearTimeout(impatience);
  }

  /** A half-open connection looks healthy until one writes and waits: ping, and give up when no pong comes. */
  #keepAlive(): NodeJS.Timeout {
    let answered = true;
    this.#socket.on('pong', () => {
      answered = true;
    });
    return setInterval(() => {
      if (!answered) return this.#socket.terminate();
      answered = false;
      this.#socket.ping();
    }, PING_MS);
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
      this.#timeouts = 0;
      const request = this.#pending.get(id);
      if (error !== undefined && error !== null) request?.reject(RpcError.from(request.method, error));
      else request?.resolve(result);
    } else if (typeof params === 'object' && params !== null) {
      const notice = params as Record<string, unknown>;
      this.#subscriptions.get(String(notice['subscription']))?.(notice['result']);
    }
  }
}
