import { open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../../common/files.js';
import { isCommitId, isRefName } from '../names.js';
import { hasCode, isMissing } from '../system-errors.js';
import type { ObjectId } from './objects.js';

export type RefKind = 'heads' | 'tags';

/** The reference changed, or is being changed, since it was read. */
export class RefConflict extends Error {}

/** Branches and tags of one repository: files below `refs`, changed by git's own lock-and-rename protocol. */
export class Refs {
  readonly #directory: string;

  /** `directory` is the repository's `refs` folder. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What a branch or tag points at, or undefined when there is none of that name (or no such name can be). */
  async read(kind: RefKind, name: string): Promise<ObjectId | undefined> {
    if (!isRefName(name)) return undefined;
    try {
      const text = (await readFile(this.#path(kind, name), 'latin1')).trim();
      return isCommitId(text) ? text : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async list(kind: RefKind): Promise<{ name: string; id: ObjectId }[]> {
    const found: { name: string; id: ObjectId }[] = [];
    for (const name of (await readdir(join(this.#directory, kind))).sort()) {
      const id = await this.read(kind, name);
      if (id !== undefined) found.push({ name, id });
    }
    return found;
  }

  /**
   * Points a branch or tag at `next` if it still points at `before` (undefined: does not exist yet). A reader, or a
   * process that is killed at any instruction, sees the old id or the new one. Throws RefConflict otherwise.
   */
  async update(kind: RefKind, name: string, before: ObjectId | undefined, next: ObjectId): Promise<void> {
    await this.#locked(
      kind,
      name,
      async (lock) => {
        if ((await this.read(kind, name)) !== before) throw new RefConflict(`${name} has moved`);
        await rename(lock, this.#path(kind, name));
      },
      `${next}\n`,
    );
  }

  /** Removes a branch or tag that points at `before`. Throws RefConflict otherwise. */
  async remove(kind: RefKind, name: string, before: ObjectId): Promise<void> {
    await this.#locked(
      kind,
      name,
      async () => {
        if ((await this.read(kind, name)) !== before) throw new RefConflict(`${name} has moved`);
        await rm(this.#path(kind, name));
      },
      '',
    );
  }

  /** Removes the locks a killed process left. Only while no other process uses the repository. */
  async removeStaleLocks(): Promise<void> {
    for (const kind of ['heads', 'tags']) {
      const names = await readdir(join(this.#directory, kind));
      for (const name of names.filter((each) => each.endsWith('.lock'))) {
        await rm(join(this.#directory, kind, name), { force: true });
      }
    }
  }

  async #locked(
    kind: RefKind,
    name: string,
    change: (lock: string) => Promise<void>,
    content: string,
  ): Promise<void> {
    const lock = `${this.#path(kind, name)}.lock`;
    const file = await open(lock, 'wx').catch((error: unknown) => {
      throw hasCode(error, 'EEXIST') ? new RefConflict(`${name} is being changed`) : error;
    });
    try {
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await change(lock);
    } finally {
      await rm(lock, { force: true });
    }
    await syncFolder(join(this.#directory, kind));
  }

  #path(kind: RefKind, name: string): string {
    // The last line of defence: whatever a route forgot, no name leaves the folder.
    if (!isRefName(name)) throw new Error(`Not a branch or tag name: ${JSON.stringify(name)}`);
    return join(this.#directory, kind, name);
  }
}
