import { appendFile, open, rename, stat } from 'node:fs/promises';
import { writeFileAtomic } from '../common/index.js';
import { type ReportSigner, signReport } from './answers/signature.js';
import type { RoundReport } from './report.js';

const MAX_BYTES = 64 * 1024 * 1024;
const TAIL_BYTES = 4 * 1024 * 1024;

/** Where reports go: every round's as a line, and the newest alone, which is what a validator hands to others. */
export interface ReportPaths {
  readonly reports: string;
  readonly newestReport: string;
}

/**
 * Signs a round's report, appends it to reports.jsonl unless that is its last line already (then the validator was killed
 * between this and the next step), and writes it to report.json. A file of lines over 64 MiB becomes `<file>.1`, in the
 * place of the one before.
 */
export async function appendReport(
  { reports, newestReport }: ReportPaths,
  report: RoundReport,
  signer: ReportSigner,
): Promise<void> {
  const size = await stat(reports).then(
    (found) => found.size,
    () => 0,
  );
  const tail = await readTail(reports, size);
  const last = lastReport(tail);
  const written = last?.block === report.block;
  const line = written ? JSON.stringify(last) : JSON.stringify(signReport(report, signer));
  if (!written) {
    if (size > MAX_BYTES) await rename(reports, `${reports}.1`);
    // A line that a power cut left half-written is ended first, or it would spoil this one.
    const newline = tail === '' || tail.endsWith('\n') || size > MAX_BYTES ? '' : '\n';
    await appendFile(reports, `${newline}${line}\n`);
  }
  await writeFileAtomic(newestReport, `${line}\n`);
}

async function readTail(path: string, size: number): Promise<string> {
  if (size === 0) return '';
  const file = await open(path, 'r');
  try {
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}

function lastReport(tail: string): RoundReport | undefined {
  const line = tail.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as RoundReport;
  } catch {
    return undefined;
  }
}
