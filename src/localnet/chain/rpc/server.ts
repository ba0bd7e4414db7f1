import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { HealthTensorError, messageOf } from '../../../common/errors.js';
import type { Log } from '../../../common/log.js';
import type { LocalChain } from '../chain.js';
import { RpcError } from '../transactions/rejection.js';
import { AUTHOR_METHODS } from './author-methods.js';
import { CHAIN_METHODS } from './chain-methods.js';
import { Connection } from './connection.js';
import type { MethodTable } from './methods.js';
import { Parameters } from './parameters.js';
import { STATE_METHODS } from './state-methods.js';
import { SYSTEM_METHODS } from './system-methods.js';

const METHODS: MethodTable = {
  ...CHAIN_METHODS,
  ...STATE_METHODS,
  ...AUTHOR_METHODS,
  ...SYSTEM_METHODS,
  rpc_methods: () => ({ methods: Object.keys(METHODS).sort() }),
};

/** No extrinsic and no list of keys comes near this; it bounds how long one message can keep the others waiting. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
const MAX_BATCH = 100;

export interface RpcServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves JSON-RPC 2.0 over WebSocket on the loopback interface; port 0 takes any free one. */
export async function serveRpc(chain: LocalChain, port: number, log: Log): Promise<RpcServer> {
  // A server of our own, because only it can end sockets that never became a WebSocket.
  const http = createServer((_request, response) => response.writeHead(426).end());
  const server = new WebSocketServer({ server: http, maxPayload: MAX_MESSAGE_BYTES });
  server.on('connection', (socket) => attach(chain, socket, log));
  // The same 'error' also comes out of `server`, where it must be heard as well.
  server.on('error', (error) => log.debug(`The local chain's server failed: ${messageOf(error)}`));
  try {
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
  } catch (error) {
    throw new HealthTensorError(
      'PORT_IN_USE',
      `The local chain cannot listen on port ${port}: ${messageOf(error)}`,
      {
        remedy: 'Stop what listens there, or choose another port',
        cause: error,
      },
    );
  }
  return {
    port: (http.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

function attach(chain: LocalChain, socket: WebSocket, log: Log): void {
  const connection = new Connection(socket);
  socket.on('message', (data) => {
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
    const reply = answerText(chain, text, connection, log);
    if (reply !== undefined) connection.send(reply);
  });
  socket.on('close', () => connection.end());
  // A socket that breaks closes as well; an unheard 'error' would end the process.
  socket.on('error', (error) => log.debug(`A client of the local chain broke off: ${messageOf(error)}`));
}

function answerText(chain: LocalChain, text: string, connection: Connection, log: Log): unknown {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    return failure(null, new RpcError(-32700, 'Parse error'));
  }
  if (!Array.isArray(request)) return answer(chain, request, connection, log);
  if (request.length === 0 || request.length > MAX_BATCH)
    return failure(null, new RpcError(-32600, 'Invalid request'));
  const replies = request.map((one: unknown) => answer(chain, one, connection, log)).filter(Boolean);
  return replies.length === 0 ? undefined : replies;
}

/** The reply to one request; undefined for a notification, which has no id. */
function answer(chain: LocalChain, request: unknown, connection: Connection, log: Log): unknown {
  if (typeof request !== 'object' || request === null)
    return failure(null, new RpcError(-32600, 'Invalid request'));
  const { id, method, params = [] } = request as { id?: unknown; method?: unknown; params?: unknown };
  // Only ids that JSON-RPC knows are sent back: anything else may be nested too deep to be written.
  const answerable = id === undefined || id === null || typeof id === 'string' || typeof id === 'number';
  if (!answerable || typeof method !== 'string' || !Array.isArray(params)) {
    return failure(answerable ? (id ?? null) : null, new RpcError(-32600, 'Invalid request'));
  }
  log.trace(`${method.slice(0, 100)} with ${params.length} parameters`);
  const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  try {
    if (run === undefined) throw new RpcError(-32601, 'Method not found', method.slice(0, 100));
    const result = run(chain, new Parameters(params), connection) ?? null;
    return id === undefined ? undefined : { jsonrpc: '2.0', id, result };
  } catch (error) {
    if (!(error instanceof RpcError))
      log.error(`${method.slice(0, 100)} failed in the local chain: ${messageOf(error)}`);
    const known =
      error instanceof RpcError ? error : new RpcError(-32603, 'Internal error', messageOf(error));
    return id === undefined ? undefined : failure(id, known);
  }
}

function failure(id: unknown, error: RpcError): unknown {
  const data = error.data === undefined ? {} : { data: error.data };
  return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message, ...data } };
}
