import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { HealthTensorError, messageOf, syncFolder } from '../common/index.js';
import { cacheBytes, encodeHeader, encodeLabels, fingerprintOf, labelsOffset } from './cache-format.js';
import { decodeGray, DECODES_IN_FLIGHT, readImageFile } from './decode.js';
import type { Entry } from './entries.js';
import { ensureDiskSpace } from './disk-space.js';
import { mapInOrder } from './in-order.js';
import { IMAGES_FOLDER, type Sources } from './sources.js';
import { claimUnfinished, forgetUnfinished, noteUnfinished, type Unfinished } from './unfinished-build.js';

/** Pixels are collected to about this many bytes before they are written. */
const WRITE_BYTES = 4 * 1024 * 1024;
/** How much work a process that is killed loses at most. */
const NOTE_MS = 10_000;
/** A temporary file that nobody has written to for this long was left by a process that was killed. */
const ABANDONED_MS = 10 * 60_000;

/** An image that exists but cannot be used. */
export interface UnreadableImage {
  readonly name: string;
  readonly reason: string;
}

/** What a build gives besides the file. */
export interface Built {
  readonly rows: Entry[];
  readonly unreadable: UnreadableImage[];
  /** See `Dataset.filesDigest`. */
  readonly filesDigest: string;
  /** False when an image could not be read for a reason that may go away: permissions, a network file system. */
  readonly lasting: boolean;
}

export interface BuildRequest {
  readonly folder: string;
  readonly sources: Sources;
  readonly imageSize: number;
  readonly cachePath: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/**
 * Decodes every image into a new cache file. The file is written beside its final place and renamed when it is
 * complete and on disk, so that a reader sees the old cache or the new one; whoever has the old one open keeps it.
 * Aborted or killed, it leaves the unfinished file, and the next build from the same sources goes on with it.
 * Unreadable images are left out and returned. Throws HealthTensorError DISK_FULL before it starts and DATASET_EMPTY
 * when no image could be read.
 */
export async function buildCache(request: BuildRequest): Promise<Built> {
  const { sources, imageSize, cachePath, signal } = request;
  const cacheFolder = dirname(cachePath);
  const temporary = `${cachePath}.${randomBytes(6).toString('hex')}.tmp`;
  const earlier = await claimUnfinished(cachePath, temporary, sources, imageSize);
  await removeAbandoned(cachePath, temporary);
  let kept = false;
  try {
    const left = sources.present.length - (earlier?.done ?? 0);
    await ensureDiskSpace(
      cacheFolder,
      cacheBytes(imageSize, left),
      'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.',
    );
    const file = await open(temporary, earlier === undefined ? 'wx' : 'r+', 0o644);
    const build = new Build(request, { file, path: temporary }, earlier);
    try {
      await build.run();
      await file.sync();
    } catch (error) {
      if (signal?.aborted === true) kept = await build.keep();
      throw error;
    } finally {
      await file.close();
    }
    await rename(temporary, cachePath);
    await syncFolder(cacheFolder);
    await forgetUnfinished(cachePath);
    return build.result;
  } catch (error) {
    if (!kept) await rm(temporary, { force: true });
    throw explainedWriteError(error, cacheFolder);
  }
}

interface DecodedImage {
  readonly pixels: Uint8Array;
  /** SHA-256 of the file. */
  readonly digest: Uint8Array;
}

/** One run through the images, which may begin where another was interrupted. */
class Build {
  readonly #request: BuildRequest;
  readonly #temporary: { readonly file: FileHandle; readonly path: string };
  readonly #pixels: AppendingWriter;
  readonly #rows: Entry[];
  readonly #unreadable: UnreadableImage[];
  #filesDigest: string;
  #lasting = true;
  #done: number;

  constructor(
    request: BuildRequest,
    temporary: { readonly file: FileHandle; readonly path: string },
    earlier: Unfinished = { done: 0, unreadable: [], filesDigest: '' },
  ) {
    this.#request = request;
    this.#temporary = temporary;
    this.#done = earlier.done;
    this.#unreadable = [...earlier.unreadable];
    this.#filesDigest = earlier.filesDigest;
    const unusable = new Set(earlier.unreadable.map(({ name }) => name));
    const worked = request.sources.present.slice(0, earlier.done);
    this.#rows = worked.filter(({ name }) => !unusable.has(name));
    this.#pixels = new AppendingWriter(temporary.file, labelsOffset(request.imageSize, this.#rows.length));
  }

  get result(): Built {
    return {
      rows: this.#rows,
      unreadable: this.#unreadable,
      filesDigest: this.#filesDigest,
      lasting: this.#lasting,
    };
  }

  async run(): Promise<void> {
    const { folder, sources, imageSize, signal } = this.#request;
    const decoded = mapInOrder(sources.present.slice(this.#done), DECODES_IN_FLIGHT, async (entry) => {
      signal?.throwIfAborted();
      try {
        const bytes = await readImageFile(join(folder, IMAGES_FOLDER, entry.name));
        const [pixels, digest] = await Promise.all([decodeGray(bytes, imageSize), sha256(bytes)]);
        return { entry, image: { pixels, digest } };
      } catch (error) {
        // An error of the system is about reading the file; what the bytes are does not change.
        this.#lasting &&= !(isNativeError(error) && 'syscall' in error);
        return { entry, reason: messageOf(error) };
      }
    });
    let noted = performance.now();
    for await (const { entry, image, reason } of decoded) {
      signal?.throwIfAborted();
      await this.#take(entry, image, reason);
      if (performance.now() - noted < NOTE_MS) continue;
      await this.keep();
      noted = performance.now();
    }
    await this.#finish();
  }

  /** Sees to it that the next build can go on from here; false when it should begin anew. */
  async keep(): Promise<boolean> {
    const { cachePath, sources } = this.#request;
    // What could not be read for the moment is tried again, and that only a build from the beginning does.
    if (!this.#lasting || this.#done === 0) return false;
    await this.#pixels.flush();
    const progress = {
      done: this.#done,
      unreadable: this.#unreadable,
      filesDigest: this.#filesDigest,
    };
    await noteUnfinished(cachePath, this.#temporary, sources.fingerprint, progress);
    return true;
  }

  async #take(entry: Entry, image: DecodedImage | undefined, reason: string | undefined): Promise<void> {
    if (image === undefined) this.#unreadable.push({ name: entry.name, reason: reason ?? 'unknown' });
    else {
      await this.#pixels.append(image.pixels);
      // A chain, so that a build which was interrupted can go on with it.
      this.#filesDigest = createHash('sha256').update(this.#filesDigest).update(image.digest).digest('hex');
      this.#rows.push(entry);
    }
    this.#done += 1;
    this.#request.onProgress?.({ done: this.#done, total: this.#request.sources.present.length });
  }

  async #finish(): Promise<void> {
    const { folder, sources, imageSize } = this.#request;
    const first = this.#unreadable[0];
    const images = this.#rows.length;
    if (images === 0) {
      throw new HealthTensorError(
        'DATASET_EMPTY',
        `None of the ${sources.present.length} images in ${join(folder, IMAGES_FOLDER)} can be read; ${first?.name}: ${first?.reason}`,
        { remedy: 'The images must be PNG or JPEG files, whole and not encrypted.' },
      );
    }
    await this.#pixels.flush();
    const { file } = this.#temporary;
    const labels = encodeLabels(this.#rows.map((row) => row.labels));
    await writeAll(file, labels, labelsOffset(imageSize, images));
    const header = encodeHeader({
      imageSize,
      images,
      fingerprint: fingerprintOf(this.#filesDigest, this.#rows),
      sources: sources.fingerprint,
    });
    await writeAll(file, header, 0);
  }
}

/** On the thread pool, where the decoding is. */
async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes));
}

/** Gathers small pieces into large writes. */
class AppendingWriter {
  readonly #file: FileHandle;
  #position: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  async append(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= WRITE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    await writeAll(this.#file, bytes, this.#position);
    this.#position += bytes.length;
  }
}

/** A single write may take only part of the bytes, notably when the disk fills up. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** Deletes what a killed build left; a build at work writes far more often than ABANDONED_MS. */
async function removeAbandoned(cachePath: string, own: string): Promise<void> {
  const cacheFolder = dirname(cachePath);
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(`${basename(cachePath)}.`) || !name.endsWith('.tmp')) continue;
    const path = join(cacheFolder, name);
    if (path === own) continue;
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}

function explainedWriteError(error: unknown, cacheFolder: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error;
  return new HealthTensorError(
    'DISK_FULL',
    `The disk of ${cacheFolder} became full while the pixel cache was written`,
    {
      remedy: 'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.',
      cause: error,
    },
  );
}
