import { describe, expect, test } from '@jest/globals';
import { parseNdjson } from '../../../../src/localnet/hub/http/ndjson.js';

async function parse(pieces: string[], limits = { lineBytes: 20, lines: 3 }): Promise<unknown[]> {
  async function* source(): AsyncGenerator<Buffer> {
    for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece, 'latin1'));
  }
  const values: unknown[] = [];
  for await (const value of parseNdjson(source(), limits)) values.push(value);
  return values;
}

describe('lines of JSON', () => {
  test('are found however the bytes arrive, with or without a last newline', async () => {
    const expected = [{ a: 1 }, { b: 2 }];
    expect(await parse(['{"a":1}\n{"b":2}'])).toEqual(expected);
    expect(await parse(['{"a":1}\n{"b":2}\n'])).toEqual(expected);
    expect(await parse([...'{"a":1}\r\n\n{"b":2}\n'])).toEqual(expected);
    expect(await parse([])).toEqual([]);
  });

  test('that are too long, too many or not JSON are refused', async () => {
    await expect(parse([`{"a":"${'x'.repeat(20)}`])).rejects.toMatchObject({ status: 413 });
    await expect(parse(['{}\n{}\n{}\n{}'])).rejects.toMatchObject({ status: 413 });
    await expect(parse(['{}\n{'])).rejects.toMatchObject({ status: 400 });
    await expect(parse(['null'])).rejects.toMatchObject({ status: 400 });
    await expect(parse(['"\xff"'])).rejects.toMatchObject({ status: 400 });
  });
});
