import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, deflate, inflate } from 'node:zlib';
import { HealthTensorError } from '../../../common/errors.js';
import { syncFolder } from '../../../common/files.js';
import { isMissing } from '../system-errors.js';
import {
  decodeHeader,
  decodeObject,
  encodeObject,
  type GitObject,
  type ObjectId,
  type ObjectKind,
} from './objects.js';

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);

/** No object of ours is larger: files in git are at most 10 MiB, and a tree of 100,000 files stays below this. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
/** Enough of a compressed object to hold its header. */
const HEADER_READ_BYTES = 128;

/** Loose objects of one repository, in git's own layout; an object is there whole or not at all. */
export class ObjectStore {
  readonly #directory: string;
  readonly #unsettled = new Set<string>();

  /** `directory` is the repository's `objects` folder. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Stores an object and returns its id. Durable only after `settle()`. */
  async write(kind: ObjectKind, content: Uint8Array): Promise<ObjectId> {
    const { id, bytes } = encodeObject(kind, content);
    const path = this.#path(id);
    if (await exists(path)) return id;
    await mkdir(dirname(path), { recursive: true });
    // git's own name for an object being written: fsck passes over it and gc removes it should we die here.
    const temporary = join(this.#directory, `tmp_obj_${randomBytes(8).toString('hex')}`);
    try {
      const file = await open(temporary, 'wx', 0o444);
      try {
        await file.writeFile(await deflateAsync(bytes));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    this.#unsettled.add(dirname(path));
    return id;
  }

  /** Makes every object written so far survive a loss of power. Call before a ref points at them. */
  async settle(): Promise<void> {
    if (this.#unsettled.size === 0) return;
    for (const folder of this.#unsettled) await syncFolder(folder);
    await syncFolder(this.#directory);
    this.#unsettled.clear();
  }

  /** The object, or undefined when there is none. A damaged one is an error, never wrong bytes. */
  async read(id: ObjectId): Promise<GitObject | undefined> {
    let packed: Buffer;
    try {
      packed = await readFile(this.#path(id));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const bytes = await inflateAsync(packed, { maxOutputLength: MAX_OBJECT_BYTES }).catch(() => undefined);
    const object = bytes === undefined ? undefined : decodeObject(bytes, id);
    if (object === undefined) throw damaged(id, 'is damaged');
    return object;
  }

  /** Content of an object that must be there and of this kind, because another object or a ref names it. */
  async expect(kind: ObjectKind, id: ObjectId): Promise<Buffer> {
    const object = await this.read(id);
    if (object === undefined) throw damaged(id, 'is missing');
    if (object.kind !== kind) throw damaged(id, `is a ${object.kind}, not a ${kind}`);
    return object.content;
  }

  /** Size of a blob's content in bytes, from its header alone. */
  async blobSize(id: ObjectId): Promise<number> {
    const start = Buffer.alloc(HEADER_READ_BYTES);
    const file = await open(this.#path(id), 'r');
    let read: number;
    try {
      read = (await file.read(start, 0, HEADER_READ_BYTES, 0)).bytesRead;
    } finally {
      await file.close();
    }
    const bytes = await inflateAsync(start.subarray(0, read), { finishFlush: constants.Z_SYNC_FLUSH }).catch(
      () => undefined,
    );
    const header = bytes === undefined ? undefined : decodeHeader(bytes);
    if (header?.kind !== 'blob') throw damaged(id, 'is not a readable blob');
    return header.size;
  }

  #path(id: ObjectId): string {
    return join(this.#directory, id.slice(0, 2), id.slice(2));
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

function damaged(id: ObjectId, what: string): HealthTensorError {
  return new HealthTensorError('HUB_DAMAGED', `Git object ${id} of the local hub ${what}`, {
    remedy: 'Run `git fsck` in the repository below the hub folder; delete the repository to start afresh.',
  });
}
