import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hub, type HubSettings } from '../../src/hub/index.js';
import { parseRepoId, parseRevision, type RepoId, type Revision } from '../../src/common/index.js';

export const REPO = parseRepoId('miner/model') as RepoId;
export const REVISION = parseRevision('0123456789abcdef0123456789abcdef01234567') as Revision;
export const TOKEN = 'hf_testtoken123456';

export interface Heard {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
}

/** Answers a request itself (true), or leaves it to the honest part (false). */
export type Misdeed = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export interface HostileHub {
  url: string;
  heard: Heard[];
  /** Requests for file contents. */
  downloads(): Heard[];
  close(): Promise<void>;
}

/** A server that speaks as much of the Hub's protocol as downloads need, honest but for what `misdeed` takes over. */
export async function startHostileHub(
  files: Record<string, Buffer>,
  misdeed: Misdeed = () => false,
): Promise<HostileHub> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: target = '/', headers } = request;
    heard.push({ method, url: target, headers });
    const url = new URL(target, `http://${headers.host}`);
    if (!misdeed(request, response, url)) honest(files, url, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    downloads: () => heard.filter(({ url }) => url.includes('/resolve/')),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): true {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
}

export function refuse(response: ServerResponse, status: number, code = ''): true {
  response.writeHead(status, { 'content-type': 'application/json', 'x-error-code': code });
  response.end(JSON.stringify({ error: code }));
  return true;
}

/** The entry of a listing: safetensors lie in LFS, the rest in git. */
export function entry(path: string, content: Buffer): Record<string, unknown> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const lfs = path.endsWith('.safetensors')
    ? { lfs: { oid: sha256, size: content.length, pointerSize: 130 } }
    : {};
  return { type: 'file', path, size: content.length, oid: blob, ...lfs };
}

export const INFO = { id: REPO, sha: REVISION, private: false, gated: false };

function honest(
  files: Record<string, Buffer>,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = decodeURIComponent(url.pathname);
  if (path === `/api/models/${REPO}/revision/${REVISION}`) return void json(response, INFO);
  if (path === `/api/models/${REPO}/paths-info/${REVISION}`) {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { paths } = JSON.parse(body) as { paths: string[] };
      const found = paths.filter((name) => files[name] !== undefined);
      json(
        response,
        found.map((name) => entry(name, files[name] ?? Buffer.alloc(0))),
      );
    });
    return;
  }
  const content = files[path.replace(`/${REPO}/resolve/${REVISION}/`, '')];
  if (content === undefined) return void refuse(response, 404, 'EntryNotFound');
  serve(request, response, content);
}

/** A file, or the range of it that was asked for. */
export function serve(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(asked?.[1] ?? 0);
  const last = asked?.[2] ? Math.min(Number(asked[2]), content.length - 1) : content.length - 1;
  const range = asked ? { 'content-range': `bytes ${start}-${last}/${content.length}` } : {};
  response.writeHead(asked ? 206 : 200, { 'content-length': last + 1 - start, ...range });
  response.end(content.subarray(start, last + 1));
}

/** A client that does not wait between attempts; its time limits are the real ones, which no busy machine reaches. */
export function impatientHub(endpoint: string, settings: Partial<HubSettings> = {}): Hub {
  return new Hub({
    endpoint,
    token: TOKEN,
    wait: (_ms, signal) => {
      signal?.throwIfAborted();
      return Promise.resolve();
    },
    ...settings,
    limits: {
      attempts: 3,
      freeDiskBytes: 0,
      ...settings.limits,
    },
  });
}
