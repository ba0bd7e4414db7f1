import { appendFile, open, rename, stat } from 'node:fs/promises';
import { writeFileAtomic } from '../common/index.js';
import { linesFromTheEnd } from './answers/lines-from-the-end.js';
import { type ReportSigner, signReport } from './answers/signature.js';
import type { RoundReport } from './report.js';

const MAX_BYTES = 64 * 1024 * 1024;

/** Where reports go: every round's as a line, and the newest alone, which is what a validator hands to others. */
export interface ReportPaths {
  readonly reports: string;
  readonly newestReport: string;
}

/**
 * Signs the reports that the state has and reports.jsonl has not (the newest round's, and those that a kill or a full disk kept
 * from being written), appends them, and writes the newest to report.json. A file of lines over 64 MiB becomes
 * `<file>.1`, in the place of the one before.
 */
export async function writeReports(
  { reports, newestReport }: ReportPaths,
  state: { reportsAfter(block: number): RoundReport[] },
  signer: ReportSigner & { readonly address: string },
): Promise<void> {
  const written = await newestLine(reports);
  let newest = written?.line;
  // A state that came from another hotkey has that one's reports: nobody may sign them but it.
  const missing = state
    .reportsAfter(written?.block ?? -1)
    .filter(({ validator }) => validator === signer.address);
  for (const report of missing) {
    newest = JSON.stringify(signReport(report, signer));
    await append(reports, newest);
  }
  if (newest !== undefined) await writeFileAtomic(newestReport, `${newest}\n`);
}

async function append(path: string, line: string): Promise<void> {
  const size = await sizeOf(path);
  if (size > MAX_BYTES) {
    await rename(path, `${path}.1`);
    await appendFile(path, `${line}\n`);
    return;
  }
  // A line that a power cut or a full disk left half-written is ended first, or it would spoil this one.
  await appendFile(path, `${(await endsInLine(path, size)) ? '' : '\n'}${line}\n`);
}

/** The newest report in the file, by its line. */
async function newestLine(path: string): Promise<{ line: string; block: number } | undefined> {
  if ((await sizeOf(path)) === 0) return undefined;
  for await (const line of linesFromTheEnd(path)) {
    const block = blockOf(line);
    if (block !== undefined) return { line, block };
  }
  return undefined;
}

function blockOf(line: string): number | undefined {
  try {
    const { block } = JSON.parse(line) as { block?: unknown };
    return typeof block === 'number' ? block : undefined;
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function endsInLine(path: string, size: number): Promise<boolean> {
  if (size === 0) return true;
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 10;
  } finally {
    await file.close();
  }
}
