import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { HealthTensorError, messageOf } from '../common/index.js';
import { collisionKey, isSafeImageName } from './image-name.js';
import { mapInOrder } from './in-order.js';

/** What an archive may hold at most. It comes from a repository that others may write to. */
export interface ArchiveLimits {
  /** Members of any kind. */
  readonly entries: number;
  readonly fileBytes: number;
  /** Unpacked bytes for each packed one; images hardly compress, so a high ratio is a bomb. */
  readonly ratio: number;
  /** Unpacked bytes that are allowed whatever the ratio, for small archives of small images. */
  readonly freeBytes: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: 500_000,
  fileBytes: 64 * 1024 * 1024,
  ratio: 20,
  freeBytes: 64 * 1024 * 1024,
};

export interface ExtractRequest {
  /** The `.tar.gz` file. */
  readonly archive: string;
  /** Folder to make, with the images flat in it; appears only when everything is there. */
  readonly folder: string;
  /** Collision keys of images that other archives brought; those of this one are added. */
  readonly taken: Set<string>;
  readonly limits?: ArchiveLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Extracted {
  readonly images: number;
  /** Regular files that are no images, such as a README. */
  readonly ignored: number;
}

const WRITES_IN_FLIGHT = 8;
const FILE_TYPES = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Unpacks the PNG and JPEG files of a gzipped tar, whatever folder they are in, into one flat folder with plain modes.
 * Only their bytes are taken from the archive: links, devices, absolute or climbing paths, names that are no plain
 * image names, two members that would share a name, and more than the limits allow make it HealthTensorError
 * BAD_ARCHIVE, with nothing left behind.
 */
export async function extractImages(request: ExtractRequest): Promise<Extracted> {
  const { archive, folder, signal } = request;
  const unfinished = `${folder}.partial`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const taken = new Set<string>();
  try {
    const extracted = await unpack(request, unfinished, taken);
    await rename(unfinished, folder);
    for (const key of taken) request.taken.add(key);
    return extracted;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw explained(error, archive);
  }
}

async function unpack(request: ExtractRequest, folder: string, taken: Set<string>): Promise<Extracted> {
  const { archive, signal } = request;
  const limits = request.limits ?? ARCHIVE_LIMITS;
  const maxBytes = limits.freeBytes + limits.ratio * (await stat(archive)).size;
  const members = new Members(limits, (key) => taken.has(key) || request.taken.has(key));
  const parser = new Parser({ strict: true, brotli: false, zstd: false });
  let damage: Error | undefined;
  parser.on('entry', (entry: ReadEntry) => members.take(entry));
  parser.on('ignoredEntry', (entry: ReadEntry) => members.take(entry));
  parser.on('error', (error: Error) => (damage ??= error));
  let images = 0;
  const write = async () => {
    if (damage !== undefined) throw damage;
    if (members.refusal !== undefined) throw new Error(members.refusal);
    const writes = mapInOrder(members.finished.splice(0), WRITES_IN_FLIGHT, async ({ name, bytes }) => {
      await writeFile(join(folder, name), bytes, { flag: 'wx', mode: 0o644 });
      taken.add(collisionKey(name));
    });
    for await (const _ of writes) images += 1;
  };
  let unpackedBytes = 0;
  const source = createReadStream(archive, signal ? { signal } : {});
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      if (unpackedBytes === 0 && chunk[0] === 0x1f) throw new Error('packed twice'); // the parser would unpack it
      unpackedBytes += chunk.length;
      if (unpackedBytes > maxBytes) throw new Error(`unpacks to more than ${limits.ratio} times its size`);
      parser.write(chunk);
      await write();
    }
    parser.end();
    await write();
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  if (images === 0) throw new Error('no PNG or JPEG file in it');
  return { images, ignored: members.ignored };
}

/** Judges the members one after another and gathers the bytes of the images among them. */
class Members {
  readonly finished: { name: string; bytes: Buffer }[] = [];
  ignored = 0;
  /** Why the archive is refused; the first reason stays. */
  refusal: string | undefined;
  #count = 0;
  readonly #pending = new Set<string>();
  readonly #limits: ArchiveLimits;
  readonly #isTaken: (key: string) => boolean;

  constructor(limits: ArchiveLimits, isTaken: (key: string) => boolean) {
    this.#limits = limits;
    this.#isTaken = isTaken;
  }

  take(entry: ReadEntry): void {
    this.#count += 1;
    const name = entry.path.split('/').at(-1) ?? '';
    this.refusal ??= this.#objection(entry);
    const isFile = FILE_TYPES.has(entry.type);
    // Once refused, the rest of the chunk still passes through here: nothing of it is kept.
    if (this.refusal !== undefined || !isFile || !isImage(name)) {
      if (isFile) this.ignored += 1;
      entry.resume();
      return;
    }
    if (!isSafeImageName(name)) this.refusal = `${quoted(entry.path)} is no plain image name`;
    const key = collisionKey(name);
    if (this.#isTaken(key) || this.#pending.has(key)) this.refusal ??= `${quoted(name)} comes twice`;
    this.#pending.add(key);
    const pieces: Buffer[] = [];
    entry.on('data', (piece: Buffer) => pieces.push(piece));
    entry.on('end', () => {
      if (this.refusal === undefined) this.finished.push({ name, bytes: Buffer.concat(pieces) });
    });
  }

  #objection(entry: ReadEntry): string | undefined {
    if (this.#count > this.#limits.entries) return `more than ${this.#limits.entries} members`;
    const what = quoted(entry.path);
    if (entry.type !== 'Directory' && !FILE_TYPES.has(entry.type))
      return `${what} is a ${entry.type}, not a file`;
    if (/^(?:[/\\]|[A-Za-z]:)/.test(entry.path)) return `${what} is an absolute path`;
    if (entry.path.split(/[/\\]/).includes('..')) return `${what} climbs out of its folder`;
    if (entry.size > this.#limits.fileBytes)
      return `${what} has ${entry.size} bytes, more than ${this.#limits.fileBytes}`;
    return undefined;
  }
}

/** By its ending; the hidden ones (`._x.png`, which macOS adds) are not meant. */
function isImage(name: string): boolean {
  return /\.(?:png|jpe?g)$/i.test(name) && !name.startsWith('.');
}

function quoted(path: string): string {
  return JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}...` : path);
}

function explained(error: unknown, archive: string): HealthTensorError {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new HealthTensorError('DISK_FULL', `The disk became full while ${archive} was unpacked`, {
      remedy: 'Free some space, or give a path on a larger disk.',
      cause: error,
    });
  }
  return new HealthTensorError('BAD_ARCHIVE', `${archive} is refused: ${messageOf(error)}`, {
    remedy: 'Tell the owner of the data set; the archive must hold plain PNG or JPEG files and nothing odd.',
    cause: error,
  });
}
