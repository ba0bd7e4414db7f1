import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { HealthTensorError, messageOf, syncFolder } from '../common/index.js';
import { cacheBytes, encodeHeader, encodeLabels, HEADER_BYTES, labelsOffset } from './cache-format.js';
import { decodeFile, DECODES_IN_FLIGHT } from './decode.js';
import type { Entry } from './entries.js';
import { ensureDiskSpace } from './disk-space.js';
import { mapInOrder } from './in-order.js';
import { IMAGES_FOLDER, type Sources } from './sources.js';

/** Pixels are collected to about this many bytes before they are written. */
const WRITE_BYTES = 4 * 1024 * 1024;
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
 * Unreadable images are left out and returned. Throws HealthTensorError DISK_FULL before it starts and DATASET_EMPTY
 * when no image could be read.
 */
export async function buildCache(request: BuildRequest): Promise<Built> {
  const { sources, imageSize, cachePath } = request;
  const cacheFolder = dirname(cachePath);
  await removeAbandoned(cachePath);
  await ensureDiskSpace(
    cacheFolder,
    cacheBytes(imageSize, sources.present.length),
    'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.',
  );
  const temporary = `${cachePath}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    let result;
    try {
      result = await writeCache(file, request);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, cachePath);
    await syncFolder(cacheFolder);
    return result;
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainedWriteError(error, cacheFolder);
  }
}

async function writeCache(
  file: FileHandle,
  { folder, sources, imageSize, signal, onProgress }: BuildRequest,
): Promise<Built> {
  const total = sources.present.length;
  const rows: Entry[] = [];
  const unreadable: UnreadableImage[] = [];
  const pixels = new AppendingWriter(file, HEADER_BYTES);
  let lasting = true;
  let done = 0;
  const decoded = mapInOrder(sources.present, DECODES_IN_FLIGHT, async (entry) => {
    signal?.throwIfAborted();
    try {
      return { entry, image: await decodeFile(join(folder, IMAGES_FOLDER, entry.name), imageSize) };
    } catch (error) {
      // An error of the system is about reading the file; what the bytes are does not change.
      lasting &&= !(isNativeError(error) && 'syscall' in error);
      return { entry, reason: messageOf(error) };
    }
  });
  for await (const { entry, image, reason } of decoded) {
    signal?.throwIfAborted();
    if (image === undefined) unreadable.push({ name: entry.name, reason: reason ?? 'unknown' });
    else {
      await pixels.append(image);
      rows.push(entry);
    }
    done += 1;
    onProgress?.({ done, total });
  }
  const first = unreadable[0];
  if (rows.length === 0) {
    throw new HealthTensorError(
      'DATASET_EMPTY',
      `None of the ${total} images in ${join(folder, IMAGES_FOLDER)} can be read; ${first?.name}: ${first?.reason}`,
      { remedy: 'The images must be PNG or JPEG files, whole and not encrypted.' },
    );
  }
  await pixels.flush();
  await writeAll(file, encodeLabels(rows.map(({ labels }) => labels)), labelsOffset(imageSize, rows.length));
  await writeAll(file, encodeHeader({ imageSize, images: rows.length, fingerprint: sources.fingerprint }), 0);
  return { rows, unreadable, lasting };
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
async function removeAbandoned(cachePath: string): Promise<void> {
  const cacheFolder = dirname(cachePath);
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(`${basename(cachePath)}.`) || !name.endsWith('.tmp')) continue;
    const path = join(cacheFolder, name);
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
