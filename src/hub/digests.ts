import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { RemoteFile } from './remote-file.js';

/** The two names a content has on the hub: SHA-256 in LFS, and the id of a git blob, which covers the size too. */
export class Digests {
  readonly #sha256 = createHash('sha256');
  readonly #git = createHash('sha1');
  readonly #size: number;

  /** @param size bytes that will come */
  constructor(size: number) {
    this.#size = size;
    this.#git.update(`blob ${size}\0`);
  }

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#git.update(chunk);
  }

  /** Call once, at the end. */
  finish(): ContentDigests {
    return { size: this.#size, sha256: this.#sha256.digest('hex'), gitSha1: this.#git.digest('hex') };
  }
}

export interface ContentDigests {
  readonly size: number;
  readonly sha256: string;
  readonly gitSha1: string;
}

/** Digests of bytes, or of the file that a `file:` URL names. */
export async function digestsOf(content: Uint8Array | URL, signal?: AbortSignal): Promise<ContentDigests> {
  if (content instanceof URL) {
    const path = fileURLToPath(content);
    const digests = new Digests((await stat(path)).size);
    for await (const chunk of createReadStream(path, signal ? { signal } : {}))
      digests.update(chunk as Buffer);
    return digests.finish();
  }
  const digests = new Digests(content.byteLength);
  digests.update(content);
  return digests.finish();
}

/** Whether the content is the one that the hub lists. */
export function sameContent(content: ContentDigests, remote: RemoteFile): boolean {
  if (content.size !== remote.size) return false;
  return remote.sha256 === undefined ? content.gitSha1 === remote.gitSha1 : content.sha256 === remote.sha256;
}
