import type { IncomingMessage } from 'node:http';
import type { Account } from '../tokens.js';
import { badRequest } from './refusal.js';
import type { Reply } from './reply.js';

/** One request, its URL taken apart, its sender known. */
export interface HubRequest {
  readonly message: IncomingMessage;
  /** `http://host:port` as the client named us. */
  readonly origin: string;
  /** The path as it came, encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly account: Account | undefined;
  /** The decoded part of the path that stands for `:name` or `*name` in the route's pattern. */
  param(name: string): string;
}

export type Handler = (request: HubRequest) => Promise<Reply>;

/** `GET /api/:type/:namespace/:name/tree/:revision/*path`; a `*` part takes all that follows, perhaps nothing. */
export type Routes = Readonly<Record<string, Handler>>;

export interface Match {
  readonly handler: Handler;
  readonly params: ReadonlyMap<string, string>;
}

/** Finds the route of a request; HEAD is served by GET routes. */
export class Router {
  readonly #routes: { method: string; parts: string[]; handler: Handler }[];

  constructor(routes: Routes) {
    this.#routes = Object.entries(routes).map(([route, handler]) => {
      const [method = '', pattern = ''] = route.split(' ');
      return { method, parts: pattern.split('/').slice(1), handler };
    });
  }

  /** The first route that fits, or undefined. A path that is not properly encoded is refused with 400. */
  match(method: string, path: string): Match | undefined {
    const segments = path.split('/').slice(1).map(decode);
    const wanted = method === 'HEAD' ? 'GET' : method;
    for (const route of this.#routes) {
      const params = route.method === wanted ? fit(route.parts, segments) : undefined;
      if (params !== undefined) return { handler: route.handler, params };
    }
    return undefined;
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest('The path of the URL is not properly encoded');
  }
}

function fit(parts: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  const params = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    if (part.startsWith('*')) return params.set(part.slice(1), segments.slice(index).join('/'));
    const segment = segments[index];
    if (segment === undefined || segment === '') return undefined;
    if (part.startsWith(':')) params.set(part.slice(1), segment);
    else if (part !== segment) return undefined;
  }
  return segments.length === parts.length ? params : undefined;
}
