import { describe, expect, test } from '@jest/globals';
import { encodeFrame, FrameReader } from '../../../src/validator/isolation/wire.js';

const VALUE = {
  name: 'evaluate',
  rows: Uint32Array.of(0, 1, 2 ** 32 - 1),
  nested: [{ figure: 0.1, none: null }, Float32Array.of(1.5, NaN), Float64Array.of(Math.PI)],
  empty: new Float32Array(0),
};

function reader(mostBytes = 1000): FrameReader {
  const made = new FrameReader();
  made.mostBytes = mostBytes;
  return made;
}

/** A frame of any lengths, text and bytes, right or wrong. */
function rawFrame(text: string, bytes = Buffer.alloc(0), lengths = [text.length, bytes.length]): Buffer {
  const prefix = Buffer.alloc(8);
  lengths.forEach((length, index) => prefix.writeUInt32LE(length, 4 * index));
  return Buffer.concat([prefix, Buffer.from(text), bytes]);
}

describe('frames between the validator and its workers', () => {
  test('carry values and the bytes of their arrays, however the stream is cut', () => {
    const stream = Buffer.concat([encodeFrame(VALUE), encodeFrame([7]), encodeFrame(VALUE)]);
    for (const step of [1, 3, 50, stream.length]) {
      const frames = reader();
      const read: unknown[] = [];
      for (let at = 0; at < stream.length; at += step)
        read.push(...frames.read(stream.subarray(at, at + step)));
      expect(read).toEqual([VALUE, [7], VALUE]);
    }
  });

  test.each([
    ['more numbers than asked for', rawFrame('{}', undefined, [2, 1001])],
    ['endless text', rawFrame('{}', undefined, [2 ** 31, 0])],
    ['no JSON', rawFrame('{')],
    ['an array beyond the end', rawFrame('{"$array":["f32",2]}', Buffer.alloc(4))],
    [
      'two arrays of the same bytes',
      rawFrame('[{"$array":["f32",1]},{"$array":["f32",1]}]', Buffer.alloc(4)),
    ],
    ['numbers of no array', rawFrame('{"$array":["f32",1]}', Buffer.alloc(8))],
    ['a negative count', rawFrame('{"$array":["f32",-1]}', Buffer.alloc(4))],
    ['a count that is no number', rawFrame('{"$array":["f32","1"]}', Buffer.alloc(4))],
    ['an unknown kind of array', rawFrame('{"$array":["constructor",1]}', Buffer.alloc(4))],
    ['no array at all', rawFrame('{"$array":7}')],
  ])('of %s are refused', (_, bytes) => {
    expect(() => [...reader().read(bytes)]).toThrow();
  });
});
