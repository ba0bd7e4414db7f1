import { createHash } from 'node:crypto';
import { readFile, truncate } from 'node:fs/promises';
import { HealthTensorError } from '../../../common/errors.js';
import type { Block } from '../blocks/block.js';
import type { Changes } from '../state/versioned-store.js';

export interface BlockRecord {
  readonly block: Block;
  readonly changes: readonly (readonly [string, string | null])[];
}

const NEWLINE = 10;

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** One line of a block file: a checksum, a blank, the block with what it changed as JSON. */
export function blockLine(block: Block, changes: Changes): string {
  const json = JSON.stringify({ block, changes: [...changes] } satisfies BlockRecord);
  return `${checksum(json)} ${json}\n`;
}

function parseLine(line: string): BlockRecord | undefined {
  const json = line.slice(17);
  if (line.slice(0, 16) !== checksum(json)) return undefined;
  // The checksum holds, so this is what blockLine wrote.
  return JSON.parse(json) as BlockRecord;
}

/**
 * Reads a block file. A last line that was cut short, when the process died while writing it, is cut off the file; a
 * damaged line before others is a HealthTensorError. A missing file has no blocks.
 */
export async function readBlockFile(path: string): Promise<BlockRecord[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const records: BlockRecord[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(NEWLINE, start);
    const record = end < 0 ? undefined : parseLine(bytes.toString('utf8', start, end));
    if (record === undefined) {
      if (end >= 0 && end + 1 < bytes.length) {
        throw new HealthTensorError('LOCALNET_DAMAGED', `${path} is damaged at byte ${start}`, {
          remedy: 'Remove the folder of the local chain to begin a new one',
        });
      }
      await truncate(path, start);
      break;
    }
    records.push(record);
    start = end + 1;
  }
  return records;
}
