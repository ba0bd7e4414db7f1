import type { ObjectStore } from './object-store.js';
import type { ObjectId } from './objects.js';

export interface Commit {
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly author: string;
  /** To the second: all that git keeps. */
  readonly date: Date;
  readonly title: string;
  /** What follows the title, empty when nothing does. */
  readonly message: string;
}

/** The bytes of a commit object. `author` must be a checked user name: it is written into a line of its own. */
export function encodeCommit(commit: Commit): Buffer {
  const seconds = Math.floor(commit.date.getTime() / 1000);
  const person = `${commit.author} <${commit.author}@users.noreply.localhost> ${seconds} +0000`;
  const body = commit.message === '' ? `${commit.title}\n` : `${commit.title}\n\n${commit.message}\n`;
  const parents = commit.parents.map((parent) => `parent ${parent}\n`).join('');
  return Buffer.from(`tree ${commit.tree}\n${parents}author ${person}\ncommitter ${person}\n\n${body}`);
}

/** A commit object's parts; also of commits that git itself made in the folder. */
export function decodeCommit(bytes: Buffer): Commit {
  const text = bytes.toString('utf8');
  const gap = text.indexOf('\n\n');
  const head = gap < 0 ? text : text.slice(0, gap);
  const body = gap < 0 ? '' : text.slice(gap + 2);
  const lines = head.split('\n');
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const tree = values('tree')[0];
  if (tree === undefined) throw new Error('A git commit of the local hub is damaged');
  const person = /^(.*) <[^>]*> (\d+) [+-]\d{4}$/.exec(values('author')[0] ?? '');
  const newline = body.indexOf('\n');
  return {
    tree,
    parents: values('parent'),
    author: person?.[1] ?? 'unknown',
    date: new Date(Number(person?.[2] ?? 0) * 1000),
    title: newline < 0 ? body : body.slice(0, newline),
    message: newline < 0 ? '' : body.slice(newline + 1).trim(),
  };
}

/** The commit of this id, or undefined when there is none (or the id is that of a file or tree). */
export async function readCommit(store: ObjectStore, id: ObjectId): Promise<Commit | undefined> {
  const object = await store.read(id);
  return object?.kind === 'commit' ? decodeCommit(object.content) : undefined;
}

/** The commit and its ancestors, newest first, along first parents. */
export async function* history(
  store: ObjectStore,
  from: ObjectId,
): AsyncGenerator<{ id: ObjectId; commit: Commit }> {
  let next: ObjectId | undefined = from;
  while (next !== undefined) {
    const commit = decodeCommit(await store.expect('commit', next));
    yield { id: next, commit };
    next = commit.parents[0];
  }
}
