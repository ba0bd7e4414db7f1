import { constants, createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../common/files.js';
import { Digests, type ContentDigests } from './digests.js';

/** Where a file grows until it is whole. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/**
 * A download under way: `<file>.part`, hashed as it grows. What an earlier run left is hashed again before it is
 * continued; only a whole and flushed file ever gets its final name.
 */
export class PartFile {
  readonly #file: string;
  readonly #size: number;
  readonly #handle: FileHandle;
  #digests: Digests;
  #position: number;

  private constructor(file: string, size: number, handle: FileHandle, digests: Digests, position: number) {
    this.#file = file;
    this.#size = size;
    this.#handle = handle;
    this.#digests = digests;
    this.#position = position;
  }

  /** @param size bytes of the whole file; a longer rest is thrown away */
  static async open(file: string, size: number, signal?: AbortSignal): Promise<PartFile> {
    await mkdir(dirname(file), { recursive: true });
    const path = partOf(file);
    // Not through a link: the folder is ours, and so must be what is written.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const handle = await open(path, flags, 0o600);
    try {
      const there = (await handle.stat()).size;
      const digests = new Digests(size);
      if (there > size) await handle.truncate(0);
      const position = there > size ? 0 : there;
      if (position > 0) {
        const stream = createReadStream(path, { end: position - 1, ...(signal ? { signal } : {}) });
        for await (const chunk of stream) digests.update(chunk as Buffer);
      }
      return new PartFile(file, size, handle, digests, position);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes there are. */
  get position(): number {
    return this.#position;
  }

  async write(chunk: Uint8Array): Promise<void> {
    let done = 0;
    while (done < chunk.byteLength) {
      const { bytesWritten } = await this.#handle.write(
        chunk,
        done,
        chunk.byteLength - done,
        this.#position + done,
      );
      done += bytesWritten;
    }
    this.#digests.update(chunk);
    this.#position += chunk.byteLength;
  }

  /** The first bytes, which must be there. */
  async head(bytes: number): Promise<Uint8Array> {
    const head = Buffer.alloc(bytes);
    for (let done = 0; done < bytes;) {
      const { bytesRead } = await this.#handle.read(head, done, bytes - done, done);
      if (bytesRead === 0) throw new Error(`${partOf(this.#file)} is shorter than it was`);
      done += bytesRead;
    }
    return head;
  }

  /** Throws away what there is. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#digests = new Digests(this.#size);
    this.#position = 0;
  }

  /** Digests of the whole file; call once, when `position` has reached the size. */
  digests(): ContentDigests {
    return this.#digests.finish();
  }

  /** Flushes and gives the file its name. */
  async complete(): Promise<void> {
    await this.#handle.chmod(0o644);
    await this.#handle.sync();
    await rename(partOf(this.#file), this.#file);
    await syncFolder(dirname(this.#file));
  }

  async remove(): Promise<void> {
    await rm(partOf(this.#file), { force: true });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
