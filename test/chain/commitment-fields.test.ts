import { describe, expect, test } from '@jest/globals';
import { TypeRegistry } from '@polkadot/types';
import { decodeStored } from '../../src/chain/block-state.js';
import { readCommitment } from '../../src/chain/commitment-fields.js';
import { METADATA, registryOf } from './support/runtimes.js';

/** Decodes bytes as the runtime's Registration, and reads what is in it. */
const reader = (metadata: Uint8Array) => {
  const registry = registryOf(metadata);
  const pallet = registry.metadata.pallets.find(({ name }) => name.toString() === 'Commitments');
  const item = pallet?.storage.unwrap().items.find(({ name }) => name.toString() === 'CommitmentOf');
  if (item === undefined) throw new Error('the metadata has no CommitmentOf');
  return (bytes: Uint8Array) => {
    const stored = decodeStored(registry, item.type.asMap.value, bytes);
    return stored && readCommitment(stored);
  };
};

const utf8 = (text: string) => Buffer.from(text).toString('hex');
/** Registration: deposit u64, block u32, then the fields: a compact count and each Data. */
const stored = (block: number, ...fields: string[]) => {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(block, 8);
  return `0x${head.toString('hex')}${Buffer.of(fields.length << 2).toString('hex')}${fields.join('')}`;
};
const raw = (hex: string) => Buffer.of(hex.length / 2 + 1).toString('hex') + hex;

/** Mulberry32: the same inputs in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.each(METADATA)('stored commitments of %s', (_name, metadata) => {
  const readBytes = reader(metadata);
  const read = (value: string) => readBytes(Buffer.from(value.slice(2), 'hex'));

  test('one Raw field gives its text and its block, at every length', () => {
    for (let length = 0; length <= 128; length++) {
      const text = 'x'.repeat(length);
      expect(read(stored(77 + length, raw(utf8(text))))).toEqual({ block: 77 + length, text });
    }
  });

  test('BigRaw is read as well', () => {
    const text = 'y'.repeat(300);
    expect(read(stored(5, `88${'b104'}${utf8(text)}`))).toEqual({ block: 5, text });
  });

  test.each([
    ['no field', stored(9)],
    ['two fields', stored(9, raw(utf8('a')), raw(utf8('b')))],
    ['None', stored(9, '00')],
    ['a BLAKE2 hash', stored(9, `82${'ab'.repeat(32)}`)],
    ['a SHA-256 hash', stored(9, `83${'ab'.repeat(32)}`)],
    ['a Keccak hash', stored(9, `84${'ab'.repeat(32)}`)],
    ['a SHA-3 hash', stored(9, `85${'ab'.repeat(32)}`)],
    ['a timelocked field', stored(9, `86${'0c'}010203${'e803000000000000'}`)],
    ['the flag that resets bonds', stored(9, '87')],
    ['bytes that are not UTF-8', stored(9, raw('fffe'))],
    ['half of a letter', stored(9, raw('c3'))],
  ])('%s has a block and no text', (_what, value) => {
    expect(read(value)).toEqual({ block: 9, text: undefined });
  });

  test.each([
    ['nothing', '0x'],
    ['too few bytes', '0x0102'],
    ['a field that is cut off', stored(9, '0561')],
    ['a kind of field that this runtime does not know', stored(9, 'fe00')],
    ['bytes left over', `${stored(9, raw(utf8('a')))}00`],
    ['four fields', stored(9, '00', '00', '00', '00')],
  ])('%s is either no commitment or one without text', (_what, value) => {
    expect(read(value)?.text).toBeUndefined();
  });

  test('a byte-order mark and control characters are kept as they are', () => {
    expect(read(stored(9, raw(utf8('\ufeffa\n\u0000'))))?.text).toBe('\ufeffa\n\u0000');
  });

  test('a thousand random and damaged values never throw', () => {
    const rounds = 1_000;
    const next = random(31);
    const byte = () => Math.floor(next() * 256);
    let texts = 0;
    for (let round = 0; round < rounds; round++) {
      let bytes: Buffer;
      if (round % 4 === 0) {
        bytes = Buffer.from(Array.from({ length: Math.floor(next() * 200) }, byte));
      } else {
        const length = Math.floor(next() * 129);
        bytes = Buffer.from(stored(round, raw(utf8('z'.repeat(length)))).slice(2), 'hex');
        if (round % 4 === 2) bytes = bytes.subarray(0, Math.floor(next() * bytes.length));
        if (round % 4 === 3) bytes[12 + Math.floor(next() * Math.min(4, bytes.length - 12))] = byte();
      }
      if (read(`0x${bytes.toString('hex')}`)?.text !== undefined) texts += 1;
    }
    expect(texts).toBeGreaterThanOrEqual(rounds / 4); // the undamaged ones: the test does see texts
  });
});

test('a runtime that stores commitments in another shape is an error, not a guess', () => {
  const registry = new TypeRegistry();
  const other = registry.createTypeUnsafe('(u32, Bytes)', [[1, '0x00']]);
  expect(() => readCommitment(other)).toThrow(/in an unknown shape/);
});
