import { createHash } from 'node:crypto';
import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncFolder } from '../../../common/files.js';
import { piecesOf } from '../http/body.js';
import { Refusal } from '../http/refusal.js';
import { isMissing } from '../system-errors.js';
import type { LfsObject } from './pointer.js';

/** Largest file taken. */
export const MAX_LFS_BYTES = 64 * 1024 ** 3;

/**
 * Large files of one repository by SHA-256, in git-lfs' own layout. Each repository has its own: who knows the hash of
 * a private file does not get the file by naming the hash in a repository of his.
 */
export class LfsStore {
  readonly #directory: string;

  /** `directory` is the repository's `lfs/objects` folder. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** True when the whole object is here, with this size. */
  async has(object: LfsObject): Promise<boolean> {
    return (await this.sizeOf(object.oid)) === object.size;
  }

  /** Bytes of a stored object, or undefined. */
  async sizeOf(oid: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(oid))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Opens an object for reading; the caller closes it. Undefined unless it is here with this size. */
  async open(object: LfsObject): Promise<FileHandle | undefined> {
    return (await this.has(object)) ? open(this.#path(object.oid), 'r') : undefined;
  }

  /** Moves a verified file of the same file system into the store. */
  async adopt(file: string, oid: string): Promise<void> {
    const path = this.#path(oid);
    await mkdir(dirname(path), { recursive: true });
    await rename(file, path);
    // The folders on the way may be new as well.
    for (const folder of [dirname(path), dirname(dirname(path)), this.#directory]) await syncFolder(folder);
  }

  #path(oid: string): string {
    return join(this.#directory, oid.slice(0, 2), oid.slice(2, 4), oid);
  }
}

/**
 * Writes a stream to a new file while counting and hashing; refused with 413 as soon as it is longer than promised,
 * at the end with 400 when it is shorter, 422 when it hashes to something else. The caller removes the file.
 */
export async function receiveVerified(body: Readable, file: string, expected: LfsObject): Promise<void> {
  const hash = createHash('sha256');
  let received = 0;
  const handle = await open(file, 'wx', 0o444);
  try {
    for await (const piece of piecesOf(body)) {
      received += piece.length;
      if (received > expected.size) throw new Refusal(413, `More than the ${expected.size} bytes announced`);
      hash.update(piece);
      await handle.writeFile(piece);
    }
    if (received !== expected.size) {
      throw new Refusal(400, `Received ${received} bytes of the ${expected.size} announced`);
    }
    if (hash.digest('hex') !== expected.oid)
      throw new Refusal(422, `The bytes do not hash to ${expected.oid}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
