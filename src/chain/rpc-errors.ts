import { HealthTensorError, messageOf } from '../common/errors.js';
import { shownJson } from './json-shape.js';

/** The node understood the request and refused it. `data` is the node's own explanation, as text. */
export class RpcError extends HealthTensorError {
  readonly rpcCode: number;
  readonly data: string;

  constructor(rpcCode: number, message: string, data: string) {
    super('CHAIN_REFUSED', message, {
      remedy: 'Try again, or choose another node with --subtensor.chain_endpoint.',
    });
    this.rpcCode = rpcCode;
    this.data = data;
  }

  /** From the `error` member of a JSON-RPC answer, whatever its shape. */
  static from(method: string, error: unknown): RpcError {
    const { code, message, data } = (typeof error === 'object' && error !== null ? error : {}) as Record<
      string,
      unknown
    >;
    const text = typeof message === 'string' ? message : 'unknown error';
    const detail = typeof data === 'string' ? data : data === undefined ? '' : shownJson(data, 500);
    return new RpcError(
      typeof code === 'number' ? code : 0,
      `The node refuses ${method}: ${text}${detail === '' ? '' : `: ${detail}`}`.slice(0, 500),
      // Some nodes put the explanation into the message instead of into data.
      detail === '' ? text.slice(0, 500) : detail.slice(0, 500),
    );
  }
}

const REMEDY =
  'Check the address, the network and that the node is running, or choose another with --subtensor.chain_endpoint.';

/** The API's own complaints, about answers that it cannot decode, as CHAIN_BAD_ANSWER; our errors pass as they are. */
export async function understood<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw unreadable(error);
  }
}

/** The same for what is decoded at once. */
export function understoodNow<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): HealthTensorError {
  if (error instanceof HealthTensorError) return error;
  return new HealthTensorError('CHAIN_BAD_ANSWER', `The node's answer cannot be read: ${messageOf(error)}`, {
    remedy: 'Check that the endpoint is a subtensor node, or use another one.',
    cause: error,
  });
}

/** No connection could be made. */
export function unreachable(endpoint: string, cause: unknown): HealthTensorError {
  // Node's "all addresses failed" has no message of its own.
  const reason = cause instanceof AggregateError ? cause.errors.map(messageOf).join('; ') : messageOf(cause);
  return new HealthTensorError('CHAIN_UNREACHABLE', `The chain at ${endpoint} cannot be reached: ${reason}`, {
    remedy: REMEDY,
    cause,
  });
}

/** The request was not sent. */
export function notConnected(endpoint: string, method: string, reason: string): HealthTensorError {
  return new HealthTensorError(
    'CHAIN_UNREACHABLE',
    `The chain at ${endpoint} cannot be asked (${method}): ${reason}`,
    { remedy: REMEDY },
  );
}

/** The request was sent; whether the node acted on it is unknown. */
export function connectionLost(endpoint: string, method: string): HealthTensorError {
  return new HealthTensorError(
    'CHAIN_CONNECTION_LOST',
    `The connection to the chain at ${endpoint} was lost before it answered (${method})`,
    { remedy: REMEDY },
  );
}

/** The request was sent; no answer came in time. */
export function timedOut(endpoint: string, method: string, timeoutMs: number): HealthTensorError {
  return new HealthTensorError(
    'CHAIN_TIMEOUT',
    `The chain at ${endpoint} did not answer within ${timeoutMs / 1000} s (${method})`,
    { remedy: REMEDY },
  );
}

/** The server wants fewer connections of us. `retryAfterMs` is what it asks for, 0 when it says nothing. */
export class RateLimitError extends HealthTensorError {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super('CHAIN_RATE_LIMITED', message, {
      remedy:
        'Wait, run fewer processes on this address, or add endpoints with further --subtensor.chain_endpoint.',
    });
    this.retryAfterMs = retryAfterMs;
  }
}

export function rateLimited(endpoint: string, how: string, retryAfterMs: number): RateLimitError {
  const wait = retryAfterMs > 0 ? `; it asks to wait ${Math.ceil(retryAfterMs / 1000)} s` : '';
  return new RateLimitError(`The chain at ${endpoint} is asked too often (${how})${wait}`, retryAfterMs);
}

/**
 * Codes of "too many requests".
 * 429: HTTP's number, as gateways answer it in JSON too.
 * -32999: a Substrate node with --rpc-rate-limit (polkadot-sdk, client/rpc-servers/src/middleware, since #3301).
 * -32009: "Server is busy, try again later" (jsonrpsee, types/src/error.rs, SERVER_IS_BUSY_CODE).
 * -32029: OnFinality's websockets (documentation.onfinality.io, Public Rate Limits).
 */
const TOO_MUCH = [429, -32999, -32009, -32029];

/** True when the node refuses because it is asked too often, whatever the question. */
export function isTooMuch(error: unknown): error is RpcError {
  return error instanceof RpcError && TOO_MUCH.includes(error.rpcCode);
}

export function isRateLimit(error: unknown): error is RateLimitError {
  return error instanceof RateLimitError;
}

/** True when the error says that the node cannot be asked now, as opposed to that it refused. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof HealthTensorError &&
    ['CHAIN_UNREACHABLE', 'CHAIN_CONNECTION_LOST', 'CHAIN_TIMEOUT', 'CHAIN_RATE_LIMITED'].includes(error.code)
  );
}
