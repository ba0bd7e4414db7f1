import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../common/index.js';
import type { UnreadableImage } from './cache-build.js';
import { labelsOffset } from './cache-format.js';
import type { Sources } from './sources.js';

/** How far a build that was interrupted had come. The pixels of those images lie in its temporary file. */
export interface Unfinished {
  /** Images that were worked off, in the order of the sources. */
  readonly done: number;
  readonly unreadable: readonly UnreadableImage[];
  /** Over the files of the others. */
  readonly filesDigest: string;
}

interface Note extends Unfinished {
  readonly version: 2;
  readonly fingerprint: string;
  /** Name of the temporary file beside the note. */
  readonly file: string;
}

/** Makes sure that a build which ends here can be gone on with; all pixels must have been written to `file`. */
export async function noteUnfinished(
  cachePath: string,
  temporary: { readonly file: FileHandle; readonly path: string },
  fingerprint: string,
  progress: Unfinished,
): Promise<void> {
  await temporary.file.datasync(); // the note must not be on the disk before the pixels that it vouches for
  const note: Note = { version: 2, fingerprint, file: basename(temporary.path), ...progress };
  await writeFileAtomic(notePath(cachePath), JSON.stringify(note));
}

/**
 * Takes the temporary file of an interrupted build from the same sources over as `temporary`; undefined when there is
 * none. Of two processes only one gets it. One that is of no use, from other sources or damaged, is removed.
 */
export async function claimUnfinished(
  cachePath: string,
  temporary: string,
  sources: Sources,
  imageSize: number,
): Promise<Unfinished | undefined> {
  const note = await readNote(cachePath);
  if (note === undefined) return undefined;
  try {
    await rename(join(dirname(cachePath), note.file), temporary);
    if (fits(note, sources) && (await cutTo(temporary, bytesOf(note, imageSize)))) return note;
    await rm(temporary);
  } catch (error) {
    // Another process has taken it, or it is gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return undefined;
}

/** Removes the note of a build that needs none any more. */
export async function forgetUnfinished(cachePath: string): Promise<void> {
  await rm(notePath(cachePath), { force: true });
}

function notePath(cachePath: string): string {
  return `${cachePath}.unfinished`;
}

async function readNote(cachePath: string): Promise<Note | undefined> {
  let note: Partial<Note> | null;
  try {
    note = JSON.parse(await readFile(notePath(cachePath), 'utf8')) as Partial<Note> | null;
  } catch {
    return undefined; // absent or damaged: the build starts at the beginning
  }
  const { version, fingerprint, file, done, unreadable, filesDigest } = note ?? {};
  const named = typeof file === 'string' && file === basename(file) && file.endsWith('.tmp');
  const whole = Number.isInteger(done) && (done as number) >= 0 && Array.isArray(unreadable);
  const digests = typeof fingerprint === 'string' && typeof filesDigest === 'string';
  return version === 2 && digests && named && whole ? (note as Note) : undefined;
}

/** Whether the note is about the first images of these sources. */
function fits({ fingerprint, done, unreadable }: Note, sources: Sources): boolean {
  if (fingerprint !== sources.fingerprint || done > sources.present.length) return false;
  const worked = new Set(sources.present.slice(0, done).map(({ name }) => name));
  return unreadable.every(
    (image: Partial<UnreadableImage> | null) =>
      typeof image?.name === 'string' && typeof image.reason === 'string' && worked.delete(image.name),
  );
}

function bytesOf({ done, unreadable }: Note, imageSize: number): number {
  return labelsOffset(imageSize, done - unreadable.length);
}

/** Shortens a file to a size; false when it is shorter already. */
async function cutTo(path: string, bytes: number): Promise<boolean> {
  const file = await open(path, 'r+');
  try {
    if ((await file.stat()).size < bytes) return false;
    await file.truncate(bytes);
    return true;
  } finally {
    await file.close();
  }
}
