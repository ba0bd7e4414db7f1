import { badRequest, Refusal } from './refusal.js';
import { parseJson } from './body.js';

/**
 * The values of a body of one JSON text a line; a last line without newline counts, empty lines do not.
 * Refused with 413 when a line is over `limits.lineBytes` or there are more than `limits.lines`.
 */
export async function* parseNdjson(
  pieces: AsyncIterable<Buffer>,
  limits: { lineBytes: number; lines: number },
): AsyncGenerator<unknown> {
  let pending: Buffer[] = [];
  let length = 0;
  let lines = 0;
  const add = (part: Buffer) => {
    length += part.length;
    if (length > limits.lineBytes)
      throw new Refusal(413, `A line is over the limit of ${limits.lineBytes} bytes`);
    pending.push(part);
  };
  const take = (): unknown => {
    const line = Buffer.concat(pending);
    pending = [];
    length = 0;
    if (line.toString('latin1', 0, 16).trim() === '' && line.toString('latin1').trim() === '')
      return undefined;
    lines += 1;
    if (lines > limits.lines) throw new Refusal(413, `More than ${limits.lines} lines`);
    const value = parseJson(line);
    if (value === undefined || value === null) throw badRequest('Expected a JSON object on each line');
    return value;
  };

  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, start)) {
      add(piece.subarray(start, end));
      const value = take();
      if (value !== undefined) yield value;
      start = end + 1;
    }
    add(piece.subarray(start));
  }
  const last = take();
  if (last !== undefined) yield last;
}
