import { describe, expect, test } from '@jest/globals';
import { TypeRegistry } from '@polkadot/types';
import { u8aToHex } from '@polkadot/util';
import { ByteReader, ByteWriter } from '../../../../src/localnet/chain/codec/bytes.js';
import { buildMetadata } from '../../../../src/localnet/chain/metadata/build-metadata.js';
import {
  decodeExtrinsic,
  UndecodableExtrinsic,
} from '../../../../src/localnet/chain/transactions/extrinsic.js';

const metadata = buildMetadata();
const { codec, typeId } = metadata;

describe('the SCALE codec', () => {
  test('writes the bytes that @polkadot/types writes, and reads them back', () => {
    const registry = new TypeRegistry();
    const cases: [expression: string, plain: unknown, polkadot: unknown][] = [
      ['u8', 255, 255],
      ['u32', 4_000_000_000, 4_000_000_000],
      ['u64', 2n ** 63n, 2n ** 63n],
      ['u128', 2n ** 100n, 2n ** 100n],
      ['i64', -5n, -5n],
      ['bool', true, true],
      ['Compact<u64>', 63n, 63],
      ['Compact<u64>', 64n, 64],
      ['Compact<u64>', 16_384n, 16_384],
      ['Compact<u64>', 2n ** 30n, 2n ** 30n],
      ['Compact<u128>', 2n ** 77n, 2n ** 77n],
      ['Vec<u16>', [1, 2, 65_535], [1, 2, 65_535]],
      ['Vec<u8>', '0x0102', '0x0102'],
      ['[u8; 4]', '0x01020304', '0x01020304'],
      ['(u16, Vec<bool>)', [7, [true, false]], [7, [true, false]]],
      ['Option<u16>', undefined, null],
      ['Option<u16>', 9, 9],
    ];
    for (const [expression, plain, polkadot] of cases) {
      const bytes = codec.encode(typeId(expression), plain);
      expect([expression, u8aToHex(bytes)]).toEqual([
        expression,
        u8aToHex(registry.createType(expression, polkadot).toU8a()),
      ]);
      expect(codec.decode(typeId(expression), bytes)).toEqual(plain);
    }
  });

  test('refuses bytes that are short, left over, out of range or not in their shortest form', () => {
    const refused: [string, number[]][] = [
      ['u32', [1, 2, 3]],
      ['u8', [1, 2]],
      ['bool', [2]],
      ['Option<u16>', [2, 0, 0]],
      ['Vec<u16>', [0xfe, 0xff, 0xff, 0xff]],
      ['Compact<u16>', [2, 0, 4, 0]],
      ['Compact<u64>', [1, 0]],
      ['Compact<u64>', [3, 1, 0, 0, 0]],
      ['Data', [137]],
    ];
    for (const [expression, bytes] of refused) {
      expect(() => codec.decode(typeId(expression), Uint8Array.from(bytes))).toThrow(RangeError);
    }
  });

  test('writes every compact integer so that it reads back', () => {
    for (let bits = 0; bits < 130; bits += 1) {
      for (const value of [2n ** BigInt(bits) - 1n, 2n ** BigInt(bits)]) {
        const writer = new ByteWriter();
        writer.compact(value);
        const reader = new ByteReader(writer.bytes());
        expect([reader.compact(), reader.remaining]).toEqual([value, 0]);
      }
    }
  });
});

describe('an extrinsic of a stranger', () => {
  test('never does more than be refused, whatever its bytes', () => {
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) % 256;
    for (let i = 0; i < 3000; i += 1) {
      const body = Array.from({ length: random() }, random);
      if (i % 2 === 0) body.splice(0, 3, 0x84, 0, ...body.slice(3, 4));
      const writer = new ByteWriter();
      writer.compact(BigInt(body.length));
      writer.push(body);
      const hex = u8aToHex(writer.bytes());
      let refused: unknown;
      try {
        decodeExtrinsic(hex, metadata);
      } catch (error) {
        refused = error;
      }
      expect(refused).toBeInstanceOf(UndecodableExtrinsic);
    }
  });
});
