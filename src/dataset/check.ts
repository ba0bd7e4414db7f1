import { access, constants, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FINDINGS, type Finding, OptionError } from '../common/index.js';
import type { UnreadableImage } from './cache-build.js';
import { chooseTiles, drawSheet, type SheetTile } from './contact-sheet.js';
import { type DuplicateGroup, DuplicateSearch } from './duplicate-groups.js';
import { type BadRow, type Entry, readEntries } from './entries.js';
import { FactCounter, type ImageFacts } from './image-facts.js';
import { inspectImages, type InspectionOptions } from './inspect-images.js';
import { readMarker } from './marker.js';
import { type Overlap, overlapOf, readImageList } from './overlap.js';
import { realFolder } from './real-folder.js';
import { IMAGES_FOLDER } from './sources.js';

/** What `healthtensor dataset check` found. */
export interface DatasetReport extends ImageFacts {
  readonly path: string;
  /** Usable rows of the CSV. */
  readonly listed: number;
  /** Listed images that could be decoded; the figures below count these only. */
  readonly readable: number;
  readonly patients: number;
  /** Images a patient at most. */
  readonly imagesOfBusiestPatient: number;
  readonly noFinding: number;
  /** Images that show each finding. */
  readonly positives: Readonly<Record<Finding, number>>;
  /** Positives over readable images, each finding. */
  readonly prevalence: Readonly<Record<Finding, number>>;
  readonly badRows: readonly BadRow[];
  readonly missing: readonly string[];
  readonly unreadable: readonly UnreadableImage[];
  /** Images of one gray. */
  readonly blank: readonly string[];
  /** Files in `images/` that the CSV does not list. */
  readonly unlisted: number;
  /** Images that show the same picture, here or in `other`. */
  readonly duplicates: readonly DuplicateGroup[];
  /** Images that resemble each other more than different films mostly do. */
  readonly lookAlikes: readonly DuplicateGroup[];
  /** What this data set shares with another folder, or the images of a list with the rest of this data set. */
  readonly overlap?: Overlap & { readonly with: string; readonly kind: 'folder' | 'list' };
  readonly sheet?: { readonly path: string; readonly tiles: readonly SheetTile[] };
  /** Drawn, not taken: looked through for exact copies only. */
  readonly phantoms: boolean;
  /** Pixels came from the pixel cache: files that were damaged since then without a trace are not noticed. */
  readonly fromCache: boolean;
}

export interface CheckOptions {
  readonly path: string;
  /** A data set folder that must have nothing in common with this one, or a list of images of one side of a split. */
  readonly other?: string | undefined;
  /** Take the pixels from an up-to-date cache when there is one. */
  readonly quick?: boolean | undefined;
  readonly cacheDirectory?: string | undefined;
  /** Where to write a picture of a few images, as PNG. */
  readonly sheet?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/**
 * Reads the whole data set and tells what is in it and what is wrong with it. Memory is some 600 bytes an image. Throws,
 * as `openDataset` does, when it cannot be used at all; writes nothing but the sheet.
 */
export async function checkDataset(options: CheckOptions): Promise<DatasetReport> {
  const { signal, sheet } = options;
  if (sheet !== undefined) await ensureWritable(sheet);
  const path = await realFolder(options.path);
  const listed = await readEntries(path, signal);
  const other = options.other === undefined ? undefined : await openOther(options.other, signal);
  const otherEntries = other?.kind === 'folder' ? other.listed.entries.length : 0;
  const search = new DuplicateSearch(listed.entries.length + otherEntries);
  const run = new Run(options, listed.entries.length + otherEntries, search);
  const own = await run.inspect({ folder: path, listed, quick: options.quick === true }, 'this');
  if (other?.kind === 'folder') {
    await run.inspect({ folder: other.path, listed: other.listed, quick: options.quick === true }, 'other');
  }
  const phantoms = (await readMarker(path))?.source['kind'] === 'phantoms';
  const groups = await search.groups({ phantoms }, signal);
  const names = new Set(listed.entries.map(({ name }) => name));
  const unlisted = (await readdir(join(path, IMAGES_FOLDER))).filter((name) => !names.has(name)).length;
  const tiles =
    sheet === undefined ? [] : chooseTiles(own.readable, [...groups.duplicates, ...groups.lookAlikes]);
  if (sheet !== undefined) {
    const folders = { this: path, other: other?.path ?? path };
    await drawSheet(resolve(sheet), tiles, (tile) => join(folders[tile.in], IMAGES_FOLDER, tile.name));
  }
  return {
    path,
    listed: listed.entries.length,
    ...count(own.readable),
    ...own.facts.facts,
    badRows: listed.badRows,
    missing: own.missing,
    unreadable: own.unreadable,
    blank: own.blank,
    unlisted,
    ...groups,
    ...(other === undefined
      ? {}
      : { overlap: { ...compare(listed.entries, other), with: other.path, kind: other.kind } }),
    ...(sheet === undefined ? {} : { sheet: { path: resolve(sheet), tiles } }),
    phantoms,
    fromCache: own.fromCache,
  };
}

/** Said before the images are read: that takes minutes, and the report would be lost. */
async function ensureWritable(sheet: string): Promise<void> {
  const writable = await access(dirname(resolve(sheet)), constants.W_OK).then(
    () => true,
    () => false,
  );
  const isFolder = (await stat(sheet).catch(() => undefined))?.isDirectory() === true;
  if (!writable || isFolder)
    throw new OptionError('--sheet', 'a file in a folder that may be written to', sheet);
}

interface Gathered {
  readonly readable: Entry[];
  readonly missing: readonly string[];
  readonly unreadable: UnreadableImage[];
  readonly blank: string[];
  readonly facts: FactCounter;
  readonly fromCache: boolean;
}

/** One run through all images of the check, with one progress. */
class Run {
  readonly #options: CheckOptions;
  readonly #total: number;
  readonly #search: DuplicateSearch;
  #done = 0;

  constructor(options: CheckOptions, total: number, search: DuplicateSearch) {
    this.#options = options;
    this.#total = total;
    this.#search = search;
  }

  async inspect(
    o: Pick<InspectionOptions, 'folder' | 'listed' | 'quick'>,
    side: 'this' | 'other',
  ): Promise<Gathered> {
    const { signal, onProgress } = this.#options;
    // A cache folder that was named is that of the data set itself.
    const cacheDirectory = side === 'this' ? this.#options.cacheDirectory : undefined;
    const inspection = await inspectImages({ ...o, cacheDirectory, signal });
    const { missing } = inspection.sources;
    const gathered: Gathered = {
      readable: [],
      missing,
      unreadable: [],
      blank: [],
      facts: new FactCounter(),
      fromCache: inspection.cached,
    };
    this.#done += missing.length;
    for await (const { entry, bytes, header, features, failure } of inspection.images) {
      this.#done += 1;
      onProgress?.({ done: this.#done, total: this.#total });
      if (failure !== undefined) {
        gathered.unreadable.push({ name: entry.name, reason: failure });
        continue;
      }
      gathered.readable.push(entry);
      gathered.facts.add(bytes, header);
      if (features === undefined) gathered.blank.push(entry.name);
      else this.#search.add(features, { folder: o.folder, entry, in: side });
    }
    return gathered;
  }
}

type Other =
  | {
      readonly kind: 'folder';
      readonly path: string;
      readonly listed: Awaited<ReturnType<typeof readEntries>>;
    }
  | {
      readonly kind: 'list';
      readonly path: string;
      readonly images: Awaited<ReturnType<typeof readImageList>>;
    };

async function openOther(given: string, signal?: AbortSignal): Promise<Other> {
  const isFile = await stat(given).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return { kind: 'list', path: resolve(given), images: await readImageList(given, signal) };
  const path = await realFolder(given);
  return { kind: 'folder', path, listed: await readEntries(path, signal) };
}

/** Of a list, which names one side of a split, what it shares with the other side: the rest of the data set. */
function compare(own: readonly Entry[], other: Other): Overlap {
  if (other.kind === 'folder') return overlapOf(own, other.listed.entries);
  const names = new Set(other.images.map(({ name }) => name));
  return overlapOf(
    own.filter(({ name }) => !names.has(name)),
    other.images,
  );
}

function count(images: readonly Entry[]) {
  const patients = new Map<string, number>();
  for (const { patient } of images) patients.set(patient, (patients.get(patient) ?? 0) + 1);
  const positives = FINDINGS.map(
    (_, index) => images.filter(({ labels }) => (labels & (1 << index)) !== 0).length,
  );
  const byFinding = (value: (count: number) => number) =>
    Object.fromEntries(FINDINGS.map((finding, i) => [finding, value(positives[i] as number)])) as Record<
      Finding,
      number
    >;
  return {
    readable: images.length,
    patients: patients.size,
    imagesOfBusiestPatient: [...patients.values()].reduce((most, own) => Math.max(most, own), 0),
    noFinding: images.filter(({ labels }) => labels === 0).length,
    positives: byFinding((positive) => positive),
    prevalence: byFinding((positive) => (images.length === 0 ? 0 : positive / images.length)),
  };
}
