/** What a Git LFS pointer file stands for. */
export interface LfsObject {
  /** SHA-256 of the content, 64 lower-case hex digits. */
  readonly oid: string;
  /** Bytes. */
  readonly size: number;
}

/** A pointer is shorter than this (git-lfs specification: below 1024 bytes). */
export const MAX_POINTER_BYTES = 1024;

const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (0|[1-9]\d{0,14})\n$/;

/** True for a SHA-256 as LFS writes it. */
export function isLfsOid(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The text git keeps in place of a large file (git-lfs specification v1). */
export function encodePointer(object: LfsObject): Buffer {
  return Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${object.oid}\nsize ${object.size}\n`,
  );
}

/** The object a file's bytes point to, or undefined when they are an ordinary file. */
export function decodePointer(bytes: Uint8Array): LfsObject | undefined {
  if (bytes.length >= MAX_POINTER_BYTES) return undefined;
  const found = POINTER.exec(Buffer.from(bytes).toString('latin1'));
  return found === null ? undefined : { oid: found[1] ?? '', size: Number(found[2]) };
}
