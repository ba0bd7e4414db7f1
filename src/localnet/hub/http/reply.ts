import type { FileHandle } from 'node:fs/promises';

/** Part of an open file, bytes `start` to before `end`; whoever sends it closes it. */
export interface FilePart {
  readonly handle: FileHandle;
  readonly start: number;
  readonly end: number;
}

/** What a route answers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | FilePart;
}

/** An answer in JSON. */
export function json(value: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** `Link` header to the next page of this request: absolute, and with the space hub clients look for. */
export function nextPage(
  request: { origin: string; path: string; query: URLSearchParams },
  changed: Readonly<Record<string, string>>,
): Record<string, string> {
  const query = new URLSearchParams(request.query);
  for (const [name, value] of Object.entries(changed)) query.set(name, value);
  return { Link: `<${request.origin}${request.path}?${query.toString()}>; rel="next"` };
}
