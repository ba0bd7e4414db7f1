import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { RpcError } from '../transactions/rejection.js';

/** Subscriptions of one connection at most, as a node limits it. */
const MAX_SUBSCRIPTIONS = 1024;
/** Answers that wait for a client to read them; one that leaves more unread is cut off. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** One client: answers go out through it, and its subscriptions end with it. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<string, () => void>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(message: unknown): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNREAD_BYTES) this.#socket.terminate();
    else this.#socket.send(JSON.stringify(message));
  }

  /**
   * Starts a subscription and returns its id. `start` gets a function that notifies the client and returns one that
   * ends the subscription. Nothing is notified before the client knows the id.
   */
  subscribe(notification: string, start: (notify: (result: unknown) => void) => () => void): string {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new RpcError(
        -32006,
        'Too many subscriptions on the connection',
        `Exceeded max limit of ${MAX_SUBSCRIPTIONS}`,
      );
    }
    const id = randomBytes(8).toString('hex');
    let waiting: unknown[] | undefined = [];
    const notify = (result: unknown): void => {
      if (waiting !== undefined) waiting.push(result);
      else if (this.#subscriptions.has(id)) {
        this.send({ jsonrpc: '2.0', method: notification, params: { subscription: id, result } });
      }
    };
    this.#subscriptions.set(id, start(notify));
    // The answer with the id is sent in this turn of the event loop, after this function.
    setImmediate(() => {
      const held = waiting ?? [];
      waiting = undefined;
      held.forEach(notify);
    });
    return id;
  }

  /** Ends a subscription; false when there is none of that id. */
  unsubscribe(id: unknown): boolean {
    if (typeof id !== 'string') return false;
    const stop = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    stop?.();
    return stop !== undefined;
  }

  /** Ends every subscription. */
  end(): void {
    for (const id of [...this.#subscriptions.keys()]) this.unsubscribe(id);
  }
}
