import { open } from 'node:fs/promises';
import { HealthTensorError } from '../../common/index.js';

/** Reports of 256 miners have 0.6 MB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/**
 * The lines of a file that are not blank, the last first.
 * @throws HealthTensorError REPORT_UNREADABLE for a line that is longer than any report; what the file system throws
 */
export async function* linesFromTheEnd(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let rest = Buffer.alloc(0);
    for (let at = size; at > 0;) {
      const length = Math.min(CHUNK_BYTES, at);
      at -= length;
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, at);
      rest = Buffer.concat([buffer, rest]);
      // Bytes of a character are never a line feed in UTF-8.
      for (let feed = rest.lastIndexOf(10); feed >= 0; feed = rest.lastIndexOf(10)) {
        const line = textOf(rest.subarray(feed + 1));
        rest = rest.subarray(0, feed);
        if (line !== '') yield line;
      }
      if (rest.length > MAX_LINE_BYTES)
        throw new HealthTensorError('REPORT_UNREADABLE', `${path} has a line that is too long for a report`);
    }
    const first = textOf(rest);
    if (first !== '') yield first;
  } finally {
    await file.close();
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').trim();
}
