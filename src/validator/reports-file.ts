import { appendFile, open, rename, stat } from 'node:fs/promises';
import type { RoundReport } from './report.js';

const MAX_BYTES = 64 * 1024 * 1024;
const TAIL_BYTES = 4 * 1024 * 1024;

/**
 * Appends a round to reports.jsonl unless it is its last line already (then the validator was killed between this and
 * the next step). A file over 64 MiB becomes `<file>.1`, in the place of the one before.
 */
export async function appendReport(path: string, report: RoundReport): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  const tail = await readTail(path, size);
  if (lastBlock(tail) === report.block) return;
  if (size > MAX_BYTES) await rename(path, `${path}.1`);
  // A line that a power cut left half-written is ended first, or it would spoil this one.
  const newline = tail === '' || tail.endsWith('\n') || size > MAX_BYTES ? '' : '\n';
  await appendFile(path, `${newline}${JSON.stringify(report)}\n`);
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

function lastBlock(tail: string): number | undefined {
  const line = tail.trimEnd().split('\n').at(-1) ?? '';
  try {
    return (JSON.parse(line) as Partial<RoundReport>).block;
  } catch {
    return undefined;
  }
}
