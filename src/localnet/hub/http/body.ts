import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { badRequest, Refusal } from './refusal.js';

const MAX_JSON_BYTES = 8 * 1024 * 1024;

/** The whole body, refused with 413 as soon as it is over `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of limited(request, limit)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The body piece by piece, refused with 413 as soon as it is over `limit` bytes, with 415 when it is compressed. */
export async function* limited(request: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal(415, 'Compressed request bodies are not taken');
  }
  const tooLarge = new Refusal(413, `The body is over the limit of ${limit} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge;
  let total = 0;
  for await (const piece of piecesOf(request)) {
    total += piece.length;
    if (total > limit) throw tooLarge;
    yield piece;
  }
}

/** The pieces of a body. Who stops early leaves the connection open, so that the refusal can be answered. */
export function piecesOf(body: Readable): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }) };
}

/** A JSON object; an empty body is an empty object. Anything else is refused with 400. */
export async function readJson(request: IncomingMessage, limit = MAX_JSON_BYTES): Promise<JsonObject> {
  const bytes = await readBody(request, limit);
  return bytes.length === 0 ? new JsonObject({}) : new JsonObject(parseJson(bytes));
}

/** A JSON object or, as Python's client sends it, a form: `paths=a&paths=b&expand=true`. */
export async function readJsonOrForm(request: IncomingMessage): Promise<JsonObject> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return readJson(request);
  const form = new URLSearchParams((await readBody(request, MAX_JSON_BYTES)).toString('utf8'));
  return new JsonObject({
    paths: form.getAll('paths'),
    expand: form.get('expand')?.toLowerCase() === 'true',
  });
}

/** Strict UTF-8 JSON; refused with 400. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest('The body is not JSON in UTF-8');
  }
}

/** Fields of a stranger's JSON object, each checked when it is taken; a wrong one is refused with 400. */
export class JsonObject {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw badRequest('Expected a JSON object');
    }
    this.#fields = new Map(Object.entries(value));
  }

  /** The field as it came; null counts as absent. */
  get(name: string): unknown {
    return this.#fields.get(name) ?? undefined;
  }

  optionalString(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw badRequest(`Expected a string for ${name}`);
  }

  string(name: string): string {
    const value = this.optionalString(name);
    if (value === undefined) throw badRequest(`Expected a string for ${name}, but it is missing`);
    return value;
  }

  /** A count of bytes. */
  size(name: string): number {
    const value = this.get(name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw badRequest(`Expected a whole number of bytes for ${name}`);
  }

  flag(name: string): boolean {
    return this.get(name) === true;
  }

  /** A list of at most `limit` elements. */
  list(name: string, limit: number): unknown[] {
    const value = this.get(name);
    if (Array.isArray(value) && value.length <= limit) return value;
    throw badRequest(`Expected a list of at most ${limit} for ${name}`);
  }
}
