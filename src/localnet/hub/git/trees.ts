import type { ObjectStore } from './object-store.js';
import type { ObjectId } from './objects.js';

export const FILE_MODE = '100644';
const FOLDER_MODE = '40000';
/** A submodule's entry: its commit lives in another repository. */
const GITLINK_MODE = '160000';

/** One line of a git tree: a file or folder with its name there. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: ObjectId;
}

/** A file or folder of a whole tree with its path from the root. */
export interface PathEntry {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly mode: string;
  readonly id: ObjectId;
}

export function isFolder(entry: { mode: string }): boolean {
  return entry.mode === FOLDER_MODE;
}

/** The bytes of a tree object: entries in git's order, in which a folder sorts as `name/`. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const key = (entry: TreeEntry) => Buffer.from(isFolder(entry) ? `${entry.name}/` : entry.name);
  const sorted = entries
    .map((entry) => ({ entry, key: key(entry) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => [Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.id, 'hex')]);
  return Buffer.concat(sorted.flat());
}

/** The entries of a tree object; the store has verified the bytes' hash. */
export function decodeTree(bytes: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > bytes.length)
      throw new Error('A git tree of the local hub is damaged');
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.toString('utf8', space + 1, end),
      id: bytes.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

/** Files and folders directly in a tree, sorted by path; `prefix` is the tree's own path, empty for the root. */
export async function listFolder(store: ObjectStore, tree: ObjectId, prefix: string): Promise<PathEntry[]> {
  return decodeTree(await store.expect('tree', tree))
    .filter((entry) => entry.mode !== GITLINK_MODE)
    .map((entry): PathEntry => ({
      type: isFolder(entry) ? 'directory' : 'file',
      path: prefix === '' ? entry.name : `${prefix}/${entry.name}`,
      mode: entry.mode,
      id: entry.id,
    }))
    .sort(byPath);
}

/** Every file and folder below a tree, sorted by path. */
export async function listAll(store: ObjectStore, tree: ObjectId, prefix: string): Promise<PathEntry[]> {
  const all: PathEntry[] = [];
  for (const entry of await listFolder(store, tree, prefix)) {
    all.push(entry);
    if (entry.type !== 'directory') continue;
    // One by one: as arguments, the entries of a large folder overflow the stack.
    for (const inner of await listAll(store, entry.id, entry.path)) all.push(inner);
  }
  return all.sort(byPath);
}

/** The file or folder at a path below a tree, or undefined. */
export async function entryAt(
  store: ObjectStore,
  root: ObjectId,
  path: string,
): Promise<PathEntry | undefined> {
  let found: PathEntry | undefined;
  let tree: ObjectId | undefined = root;
  for (const name of path.split('/')) {
    if (tree === undefined) return undefined;
    const prefix: string = found?.path ?? '';
    const wanted: string = prefix === '' ? name : `${prefix}/${name}`;
    found = (await listFolder(store, tree, prefix)).find((entry) => entry.path === wanted);
    tree = found?.type === 'directory' ? found.id : undefined;
    if (found === undefined) return undefined;
  }
  return found;
}

/** Writes the trees that hold these files (by path) and returns the root's id. Empty folders do not exist in git. */
export async function writeTree(
  store: ObjectStore,
  files: ReadonlyMap<string, { mode: string; id: ObjectId }>,
): Promise<ObjectId> {
  const entries: TreeEntry[] = [];
  const folders = new Map<string, Map<string, { mode: string; id: ObjectId }>>();
  for (const [path, file] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      entries.push({ mode: file.mode, name: path, id: file.id });
      continue;
    }
    const name = path.slice(0, slash);
    const inside = folders.get(name) ?? new Map<string, { mode: string; id: ObjectId }>();
    folders.set(name, inside.set(path.slice(slash + 1), file));
  }
  for (const [name, inside] of folders) {
    entries.push({ mode: FOLDER_MODE, name, id: await writeTree(store, inside) });
  }
  return store.write('tree', encodeTree(entries));
}

function byPath(a: PathEntry, b: PathEntry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
