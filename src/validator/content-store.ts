import type { Dirent, Stats } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, statfs, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HealthTensorError, sha256File, syncFolder } from '../common/index.js';

/** What a download must leave free on the disk. */
const SPARE_BYTES = 512 * 1024 * 1024;
const BLOB = /^[0-9a-f]{64}\.safetensors$/;

interface Kept {
  readonly path: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

/**
 * Weights by their SHA-256, however many repositories hold them, and downloads under way, within a number of bytes.
 * When room is needed, what was not used for the longest time goes first; what this round uses stays.
 *
 *     blobs/<sha256>.safetensors    whole and verified
 *     incoming/<name>/              one download
 */
export class ContentStore {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #spareBytes: number;
  /** Files whose hash was computed in this process, as they were then. */
  readonly #verified = new Map<string, string>();
  readonly #pinned = new Set<string>();
  /** Downloads under way: the bytes that each will have. */
  readonly #coming = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, maxBytes: number, spareBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#spareBytes = spareBytes;
  }

  /** Opens the folder; what is in it and is not of a store is removed. It must have no other writer. */
  static async open(
    directory: string,
    o: { maxBytes: number; spareBytes?: number | undefined },
  ): Promise<ContentStore> {
    const store = new ContentStore(directory, o.maxBytes, o.spareBytes ?? SPARE_BYTES);
    for (const folder of ['blobs', 'incoming'])
      await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
    for (const entry of await readdir(join(directory, 'blobs'), { withFileTypes: true })) {
      if (!entry.isFile() || !BLOB.test(entry.name))
        await rm(join(directory, 'blobs', entry.name), { recursive: true });
    }
    return store;
  }

  /** Path of the content, when it is here and its bytes still have this hash. It stays until `unpin`. */
  async find(sha256: string): Promise<string | undefined> {
    const path = this.#blob(sha256);
    const there = await lstat(path).catch(() => undefined);
    if (there?.isFile() !== true) return undefined;
    this.#pinned.add(path);
    if (this.#verified.get(path) !== stampOf(there)) {
      // Whatever happened to the disk since: a file is what its name says, or it is gone.
      if ((await sha256File(path)) !== sha256) {
        this.#pinned.delete(path);
        await rm(path, { force: true });
        return undefined;
      }
    }
    await utimes(path, new Date(), there.mtime);
    await this.#trust(path);
    return path;
  }

  /** Folder of a download, for one at a time under the name. */
  incoming(name: string): string {
    return join(this.#directory, 'incoming', name);
  }

  /** Whether an earlier run, or an earlier attempt, has left something of the download. */
  async hasBegun(name: string): Promise<boolean> {
    const files = await readdir(this.incoming(name)).catch(() => []);
    return files.length > 0;
  }

  /**
   * Makes room for a download of `bytes` and keeps it until `release`.
   * @throws HealthTensorError MODEL_STORE_FULL when what the round uses leaves too little, DISK_FULL
   */
  reserve(name: string, bytes: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#makeRoom(name, bytes);
      this.#coming.set(name, bytes);
    });
  }

  /** The download has ended; what it left counts by its size. */
  release(name: string): void {
    this.#coming.delete(name);
  }

  /** Removes what a download left. */
  async forget(name: string): Promise<void> {
    await rm(this.incoming(name), { recursive: true, force: true });
  }

  /** Takes a downloaded file in whose hash has just been verified, and returns its place; it stays until `unpin`. */
  async adopt(file: string, sha256: string): Promise<string> {
    const path = this.#blob(sha256);
    this.#pinned.add(path);
    await rename(file, path);
    await syncFolder(dirname(path));
    await this.#trust(path);
    return path;
  }

  /** The round is over: any content may go when room is needed. */
  unpin(): void {
    this.#pinned.clear();
  }

  /** Forgets the downloads that are not under way and not named. */
  async forgetDownloads(keep: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(join(this.#directory, 'incoming'))) {
      if (!keep.has(name) && !this.#coming.has(name))
        await rm(this.incoming(name), { recursive: true, force: true });
    }
  }

  async #trust(path: string): Promise<void> {
    this.#verified.set(path, stampOf(await lstat(path)));
  }

  #blob(sha256: string): string {
    return join(this.#directory, 'blobs', `${sha256}.safetensors`);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #makeRoom(name: string, bytes: number): Promise<void> {
    const kept = await this.#kept(name);
    // What downloads under way have written already counts twice against the disk: on the safe side.
    const coming = [...this.#coming.values()].reduce((sum, other) => sum + other, bytes);
    const used = sumOf(kept);
    const overQuota = used + coming - this.#maxBytes;
    const overDisk = coming + this.#spareBytes - (await this.#freeBytes());
    const removable = kept
      .filter(({ path }) => !this.#pinned.has(path))
      .sort((a, b) => a.usedAtMs - b.usedAtMs);
    const most = sumOf(removable);
    // Nothing is removed for what would not fit anyway.
    if (overQuota > most) throw this.#full(used - most + coming);
    if (overDisk > most) throw this.#diskFull(coming);
    for (let left = Math.max(overQuota, overDisk); left > 0;) {
      const victim = removable.shift();
      if (victim === undefined) break;
      await rm(victim.path, { recursive: true, force: true });
      this.#verified.delete(victim.path);
      left -= victim.bytes;
    }
  }

  /** Everything but the downloads under way and the one named. */
  async #kept(name: string): Promise<Kept[]> {
    const kept: Kept[] = [];
    for (const folder of ['blobs', 'incoming']) {
      for (const entry of await readdir(join(this.#directory, folder), { withFileTypes: true })) {
        if (folder === 'incoming' && (entry.name === name || this.#coming.has(entry.name))) continue;
        const one = await keptAt(join(this.#directory, folder, entry.name), entry);
        if (one !== undefined) kept.push(one);
      }
    }
    return kept;
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory);
    return bavail * bsize;
  }

  #full(needed: number): HealthTensorError {
    return new HealthTensorError(
      'MODEL_STORE_FULL',
      `The models of this round need more than the ${this.#maxBytes} bytes allowed for ${this.#directory} (${needed})`,
      { remedy: 'Allow more with --models.max_gigabytes, or judge fewer miners with --neuron.sample_size.' },
    );
  }

  #diskFull(coming: number): HealthTensorError {
    return new HealthTensorError(
      'DISK_FULL',
      `${this.#directory} has no room for ${coming} bytes that are to be downloaded and ${this.#spareBytes} to be left`,
      { remedy: 'Free some space on that disk, or choose another folder with --state_dir.' },
    );
  }
}

function sumOf(kept: readonly Kept[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Changes when the file does. */
function stampOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino}:${size}:${mtimeMs}`;
}

/** A file, or a folder with the files in it. */
async function keptAt(path: string, entry: Dirent): Promise<Kept | undefined> {
  try {
    if (!entry.isDirectory()) {
      const { size, atimeMs } = await lstat(path);
      return { path, bytes: size, usedAtMs: atimeMs };
    }
    let bytes = 0;
    let usedAtMs = 0;
    for (const name of await readdir(path)) {
      const { size, mtimeMs } = await lstat(join(path, name));
      bytes += size;
      usedAtMs = Math.max(usedAtMs, mtimeMs);
    }
    return { path, bytes, usedAtMs };
  } catch {
    return undefined; // gone meanwhile
  }
}
