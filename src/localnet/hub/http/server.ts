import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../../common/errors.js';
import type { Log } from '../../../common/log.js';
import type { Account } from '../tokens.js';
import { badRequest, Refusal } from './refusal.js';
import { json, type Reply } from './reply.js';
import type { Router } from './router.js';

/** A web page must not reach the hub through a name of its own that resolves to this machine (DNS rebinding). */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/i;
/** Uploads of many gigabytes to a slow disk take their time. */
const MAX_REQUEST_MS = 60 * 60 * 1000;
const MAX_URL_LENGTH = 16 * 1024;

export interface HttpServer {
  readonly port: number;
  /** Ends all sockets and waits for the requests under way; may be called twice. */
  close(): Promise<void>;
}

/** Serves the routes on 127.0.0.1, on a free port when `port` is 0. Rejects with the system's error when it cannot listen. */
export async function serve(settings: {
  port: number;
  router: Router;
  /** Who sends this Authorization header; throws a Refusal when it names nobody. */
  authenticate: (authorization: string | undefined) => Account | undefined;
  log: Log;
}): Promise<HttpServer> {
  const underWay = new Set<Promise<void>>();
  const server = createServer({ requestTimeout: MAX_REQUEST_MS }, (message, response) => {
    const work = answer(settings, message, response).catch((error: unknown) => {
      settings.log.debug(`hub: ${message.method ?? ''} broke off: ${messageOf(error)}`);
      response.destroy();
    });
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  });
  server.listen(settings.port, '127.0.0.1');
  await once(server, 'listening');
  // Unheard, a connection that cannot be accepted (too many open files) would end the process.
  server.on('error', (error) => settings.log.error(`hub: ${messageOf(error)}`));

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const ended = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await ended;
    await Promise.all(underWay);
  };
  return { port: (server.address() as AddressInfo).port, close: () => (closed ??= close()) };
}

async function answer(
  settings: Parameters<typeof serve>[0],
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = message.method ?? '';
  const path = (message.url ?? '').split('?', 1)[0] ?? '';
  let reply: Reply;
  try {
    reply = await handle(settings, message, method, path);
  } catch (error) {
    if (message.destroyed && !message.complete) throw error;
    reply = refuse(error, `${method} ${path}`, settings.log);
  }
  settings.log.debug(`hub: ${method} ${path} ${reply.status}`);
  // What nobody read of a refused body is read and dropped: the connection's next request comes after it.
  message.resume();
  await send(reply, method === 'HEAD', response);
}

async function handle(
  settings: Parameters<typeof serve>[0],
  message: IncomingMessage,
  method: string,
  path: string,
): Promise<Reply> {
  const host = message.headers.host ?? '';
  if (!OWN_HOST.test(host)) throw new Refusal(421, 'This hub answers to 127.0.0.1 and localhost only');
  const url = message.url ?? '';
  if (!url.startsWith('/') || url.length > MAX_URL_LENGTH)
    throw badRequest('The URL is not a path of this hub');
  const match = settings.router.match(method, path);
  if (match === undefined) throw new Refusal(404, 'The local hub has no such page');
  return match.handler({
    message,
    origin: `http://${host}`,
    path,
    query: new URLSearchParams(url.slice(path.length)),
    account: settings.authenticate(message.headers.authorization),
    param: (name) => match.params.get(name) ?? '',
  });
}

function refuse(error: unknown, request: string, log: Log): Reply {
  if (!(error instanceof Refusal)) {
    log.error(`hub: ${request} failed: ${messageOf(error)}`);
    return json({ error: 'The local hub failed; its log says why' }, {}, 500);
  }
  // Header values are ASCII; messages quote strangers' names.
  const headers = {
    'X-Error-Message': error.message.replaceAll(/[^\x20-\x7e]/g, '?'),
    ...(error.code === undefined ? {} : { 'X-Error-Code': error.code }),
  };
  return json({ error: error.message, ...error.details }, headers, error.status);
}

async function send(reply: Reply, headOnly: boolean, response: ServerResponse): Promise<void> {
  const { body } = reply;
  const isFile = 'handle' in body;
  try {
    response.writeHead(reply.status, {
      'Content-Length': isFile ? body.end - body.start : body.length,
      'X-Request-Id': randomBytes(8).toString('hex'),
      'X-Content-Type-Options': 'nosniff',
      // Whatever somebody uploaded, a browser neither runs nor loads anything from it.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      ...reply.headers,
    });
    if (isFile && !headOnly && body.end > body.start) {
      const stream = body.handle.createReadStream({ start: body.start, end: body.end - 1, autoClose: false });
      await pipeline(stream, response);
    } else {
      response.end(isFile || headOnly ? undefined : body);
    }
  } finally {
    if (isFile) await body.handle.close();
  }
}
