import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RepoId, Revision } from '../../src/common/index.js';
import { entry, type Heard, json, refuse, serve } from '../hub/hostile-hub.js';

/** A request to one repository, for a misdeed to answer itself (true) or to leave to the honest part (false). */
export interface Asked {
  readonly what: 'info' | 'listing' | 'config' | 'weights' | 'other';
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly origin: string;
}

export interface Repository {
  readonly files: Readonly<Record<string, Buffer>>;
  readonly misdeed?: ((asked: Asked) => boolean | void) | undefined;
}

export interface HostileRepositories {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Bytes of bodies that were sent for weights of the repository. */
  weightsSent(name: string): number;
  close(): Promise<void>;
}

/** The one commit that a repository has. */
export function revisionOf(name: string): Revision {
  return createHash('sha1').update(name).digest('hex') as Revision;
}

export const infoOf = (name: string) => ({ id: name, sha: revisionOf(name), private: false, gated: false });

/** A hub with many repositories of one commit each, every one honest but for its misdeed. */
export async function startRepositories(
  repositories: ReadonlyMap<RepoId, Repository>,
): Promise<HostileRepositories> {
  const heard: Heard[] = [];
  const sent = new Map<string, number>();
  const server = createServer((request, response) => {
    const { method = '', url: target = '/', headers } = request;
    heard.push({ method, url: target, headers });
    const origin = `http://${headers.host}`;
    const path = decodeURIComponent(new URL(target, origin).pathname);
    const name = /^\/(?:api\/models\/)?([^/]+\/[^/]+)\//.exec(path)?.[1] as RepoId;
    const repository = repositories.get(name);
    if (repository === undefined) return void refuse(response, 404, 'RepoNotFound');
    const what = kindOf(path, name);
    if (what === 'weights') {
      const write = response.write.bind(response) as (
        chunk: Uint8Array | string,
        ...rest: unknown[]
      ) => boolean;
      const count = (chunk: unknown) => {
        const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk.length : 0;
        sent.set(name, (sent.get(name) ?? 0) + bytes);
      };
      const end = response.end.bind(response) as (...rest: unknown[]) => ServerResponse;
      response.write = ((chunk: Uint8Array | string, ...rest: unknown[]) => {
        count(chunk);
        return write(chunk, ...rest);
      }) as typeof response.write;
      response.end = ((...rest: unknown[]) => {
        count(rest[0]);
        return end(...rest);
      }) as typeof response.end;
    }
    if (repository.misdeed?.({ what, request, response, origin }) === true) return;
    honest(name, repository.files, what, path, request, response);
  });
  // A header of a request that never ends is the client's business here.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    weightsSent: (name) => sent.get(name) ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function kindOf(path: string, name: string): Asked['what'] {
  const revision = revisionOf(name);
  if (path === `/api/models/${name}/revision/${revision}`) return 'info';
  if (path === `/api/models/${name}/paths-info/${revision}`) return 'listing';
  if (path === `/${name}/resolve/${revision}/config.json`) return 'config';
  if (path === `/${name}/resolve/${revision}/model.safetensors`) return 'weights';
  return 'other';
}

/** The listing of the files that a client of ours asks for. */
export function listingOf(files: Repository['files']): Record<string, unknown>[] {
  return Object.entries(files).map(([path, content]) => entry(path, content));
}

function honest(
  name: string,
  files: Repository['files'],
  what: Asked['what'],
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (what === 'info') return void json(response, infoOf(name));
  if (what === 'listing') {
    request.resume();
    return void json(response, listingOf(files));
  }
  const content = files[path.split('/').at(-1) ?? ''];
  if (what === 'other' || content === undefined) return void refuse(response, 404, 'EntryNotFound');
  serve(request, response, content);
}
