import { createHash } from 'node:crypto';

/** SHA-1 of a git object, 40 lower-case hex digits. */
export type ObjectId = string;

export type ObjectKind = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  readonly kind: ObjectKind;
  readonly content: Buffer;
}

/** Longest `<kind> <size>\0` that is believed. */
export const MAX_HEADER_BYTES = 32;

/** A git object as it is hashed and stored (before compression), and its id. */
export function encodeObject(kind: ObjectKind, content: Uint8Array): { id: ObjectId; bytes: Buffer } {
  const bytes = Buffer.concat([Buffer.from(`${kind} ${content.length}\0`, 'latin1'), content]);
  return { id: createHash('sha1').update(bytes).digest('hex'), bytes };
}

/** Kind, size and length of the header that starts an object, or undefined when it is none. */
export function decodeHeader(
  bytes: Uint8Array,
): { kind: ObjectKind; size: number; length: number } | undefined {
  const start = Buffer.from(bytes.subarray(0, MAX_HEADER_BYTES)).toString('latin1');
  const found = /^(blob|tree|commit|tag) (0|[1-9][0-9]{0,14})\0/.exec(start);
  return found === null
    ? undefined
    : { kind: found[1] as ObjectKind, size: Number(found[2]), length: found[0].length };
}

/** The object in `bytes`, or undefined unless it is whole and hashes to `id`. */
export function decodeObject(bytes: Buffer, id: ObjectId): GitObject | undefined {
  const header = decodeHeader(bytes);
  if (header === undefined || bytes.length !== header.length + header.size) return undefined;
  if (createHash('sha1').update(bytes).digest('hex') !== id) return undefined;
  return { kind: header.kind, content: bytes.subarray(header.length) };
}
