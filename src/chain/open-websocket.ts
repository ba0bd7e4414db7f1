import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { rateLimited, unreachable } from './rpc-errors.js';

/** Metadata is about 0.7 MB of hex; nothing that is asked for here comes near this. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * An open connection. The caller listens to 'close' and 'message'; errors that come later close it and are silent.
 * @throws HealthTensorError CHAIN_UNREACHABLE when there is none in time, CHAIN_RATE_LIMITED when the server wants
 * fewer of them (HTTP 429, or 503 with Retry-After); the signal's reason when aborted.
 */
export async function openWebSocket(
  endpoint: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<WebSocket> {
  signal?.throwIfAborted();
  const socket = new WebSocket(endpoint, {
    handshakeTimeout: timeoutMs,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  let deadline: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      deadline = setTimeout(
        () => reject(unreachable(endpoint, new Error(`no connection within ${timeoutMs / 1000} s`))),
        timeoutMs,
      );
      abort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      socket.once('open', resolve);
      socket.once('close', () => reject(unreachable(endpoint, new Error('the connection was refused'))));
      socket.on('error', (error) => reject(unreachable(endpoint, error)));
      socket.once('unexpected-response', (_request, response: IncomingMessage) => {
        response.resume();
        reject(refusedHandshake(endpoint, response));
      });
    });
    return socket;
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(deadline);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}

function refusedHandshake(endpoint: string, { statusCode, headers }: IncomingMessage): Error {
  const retryAfter = headers['retry-after'];
  if (statusCode === 429 || (statusCode === 503 && retryAfter !== undefined)) {
    return rateLimited(endpoint, `HTTP ${statusCode}`, retryAfterMs(retryAfter, Date.now()));
  }
  return unreachable(endpoint, new Error(`the server answered with HTTP ${statusCode ?? '?'}`));
}

/** Milliseconds of a Retry-After header: seconds, or a date (RFC 9110, 10.2.3); 0 when there is none or it is nonsense. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
