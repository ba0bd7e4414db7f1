import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CsvError, parse, type Info } from 'csv-parse';
import { HealthTensorError, messageOf } from '../common/index.js';
import { isSafeImageName, patientOf } from './image-name.js';
import { parseLabels } from './labels.js';

export const ENTRIES_FILE = 'Data_Entry.csv';

/** One image that the data set lists. Bit i of `labels` is FINDINGS[i]. */
export interface Entry {
  readonly name: string;
  readonly patient: string;
  readonly labels: number;
}

/** A row that was left out; `line` counts from 1 as editors do. */
export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

export interface Entries {
  /** In the order of the file. */
  readonly entries: readonly Entry[];
  readonly badRows: readonly BadRow[];
  /** SHA-256 of the file's bytes, 64 hex digits. */
  readonly sha256: string;
}

/** Our own short header and the one NIH publishes. */
const HEADERS = [
  { name: 'image_name', label: 'label' },
  { name: 'Image Index', label: 'Finding Labels' },
] as const;

/** A file with more bad rows than this is no list of images; collecting further would only fill memory. */
const MAX_BAD_ROWS = 100_000;

/** NIH has 112,120 images; a list without end would fill memory with rows that are all good. */
const MAX_ENTRIES = 2_000_000;

type Row = { record: string[]; info: Info };

/**
 * Reads `Data_Entry.csv` of a data set folder as a stream. Rows that cannot be trusted are left out and reported
 * with their line; a file that cannot be read as a whole is a HealthTensorError (DATASET_MISSING,
 * DATASET_UNREADABLE) that names it.
 */
export async function readEntries(
  folder: string,
  signal?: AbortSignal,
  maxEntries = MAX_ENTRIES,
): Promise<Entries> {
  const path = join(folder, ENTRIES_FILE);
  const hash = createHash('sha256');
  const source = createReadStream(path, signal ? { signal } : {});
  source.on('data', (chunk) => hash.update(chunk));
  const rows = parse({
    bom: true,
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'], // detected from the first line only otherwise, and files get mixed
    relax_column_count: true, // counted below, so that one ragged row does not end the file
    skip_empty_lines: true,
    max_record_size: 64 * 1024,
  });
  source.on('error', (error) => rows.destroy(error));
  source.pipe(rows);
  try {
    const { entries, badRows } = await collect(path, rows as AsyncIterable<Row>, maxEntries);
    return { entries, badRows, sha256: hash.digest('hex') };
  } catch (error) {
    signal?.throwIfAborted();
    throw await explained(error, folder, path);
  } finally {
    source.destroy();
  }
}

async function collect(
  path: string,
  rows: AsyncIterable<Row>,
  maxEntries: number,
): Promise<{ entries: Entry[]; badRows: BadRow[] }> {
  const entries: Entry[] = [];
  const badRows: BadRow[] = [];
  const seen = new Map<string, number>();
  let columns: { name: number; label: number; count: number } | undefined;
  for await (const { record, info } of rows) {
    if (columns === undefined) {
      columns = findColumns(path, record);
      continue;
    }
    const outcome = readRow(record, columns, seen, info.lines);
    if ('reason' in outcome) badRows.push({ line: info.lines, reason: outcome.reason });
    else entries.push(outcome);
    if (badRows.length > MAX_BAD_ROWS) {
      throw unreadable(path, `has more than ${MAX_BAD_ROWS} rows that make no sense`);
    }
    if (entries.length > maxEntries) throw unreadable(path, `lists more than ${maxEntries} images`);
  }
  if (columns === undefined) throw unreadable(path, 'is empty');
  if (entries.length === 0) {
    const first = badRows[0];
    const why =
      first === undefined
        ? 'has a header but no rows'
        : `has no usable row: line ${first.line}: ${first.reason}`;
    throw unreadable(path, why);
  }
  return { entries, badRows };
}

function findColumns(
  path: string,
  header: readonly string[],
): { name: number; label: number; count: number } {
  const titles = header.map((title) => title.trim());
  for (const wanted of HEADERS) {
    const name = titles.indexOf(wanted.name);
    const label = titles.indexOf(wanted.label);
    if (name < 0 || label < 0) continue;
    if (titles.lastIndexOf(wanted.name) !== name || titles.lastIndexOf(wanted.label) !== label) {
      throw unreadable(path, `names the column ${wanted.name} or ${wanted.label} twice`);
    }
    return { name, label, count: header.length };
  }
  const shown = JSON.stringify(titles.join(',').slice(0, 120));
  throw unreadable(
    path,
    `needs the columns image_name,label (or Image Index,Finding Labels) but starts with ${shown}`,
  );
}

function readRow(
  record: readonly string[],
  columns: { name: number; label: number; count: number },
  seen: Map<string, number>,
  line: number,
): Entry | { reason: string } {
  if (record.length !== columns.count) {
    return { reason: `${record.length} columns where the header has ${columns.count}` };
  }
  const name = (record[columns.name] ?? '').trim();
  if (!isSafeImageName(name)) {
    return { reason: `${JSON.stringify(name.slice(0, 120))} is no plain .png or .jpg file name` };
  }
  const earlier = seen.get(name);
  if (earlier !== undefined) return { reason: `${name} was already listed in line ${earlier}` };
  const parsed = parseLabels(record[columns.label] ?? '');
  if ('reason' in parsed) return parsed;
  seen.set(name, line);
  return { name, patient: patientOf(name), labels: parsed.labels };
}

function unreadable(path: string, what: string, cause?: unknown): HealthTensorError {
  const remedy = `Mend the file; its first lines should look like: image_name,label / 00000001_000.png,Effusion|Mass`;
  return new HealthTensorError('DATASET_UNREADABLE', `${path} ${what}`, { remedy, cause });
}

async function explained(error: unknown, folder: string, path: string): Promise<unknown> {
  if (error instanceof HealthTensorError) return error;
  if (error instanceof CsvError) {
    const line = typeof error['lines'] === 'number' ? ` in line ${error['lines']}` : '';
    return unreadable(path, `is damaged${line}: ${messageOf(error)}`, error);
  }
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
    return unreadable(path, `cannot be read: ${messageOf(error)}`, error);
  }
  const others = (await readdir(folder).catch(() => [])).filter((file) => /\.csv$/i.test(file));
  const remedy =
    others.length > 0
      ? `Rename or copy ${others[0]} to ${ENTRIES_FILE}.`
      : 'Point --dataset.path at a folder with Data_Entry.csv and images/, or make one: ' +
        'healthtensor dataset download, or healthtensor dataset synth.';
  return new HealthTensorError('DATASET_MISSING', `${path} does not exist`, { remedy, cause: error });
}
