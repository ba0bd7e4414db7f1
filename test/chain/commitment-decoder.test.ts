import { describe, expect, test } from '@jest/globals';
import type { SiLookupTypeId } from '@polkadot/types/interfaces';
import { readCommitment, readReveals } from '../../src/chain/commitment-decoder.js';
import { commitmentLayout } from '../../src/chain/commitment-layout.js';
import { METADATA, registryOf } from './support/runtimes.js';
import { randomNumbers } from '../support/random-numbers.js';

const layoutOf = (metadata: Uint8Array) => {
  const registry = registryOf(metadata);
  const pallet = registry.metadata.pallets.find(({ name }) => name.toString() === 'Commitments');
  const item = pallet?.storage.unwrap().items.find(({ name }) => name.toString() === 'CommitmentOf');
  if (item === undefined) throw new Error('the metadata has no CommitmentOf');
  return { registry, type: item.type.asMap.value, layout: commitmentLayout(registry, item.type.asMap.value) };
};

const bytesOf = (hex: string) => Buffer.from(hex.replace('0x', ''), 'hex');
const utf8 = (text: string) => Buffer.from(text).toString('hex');
/** Registration: deposit u64, block u32, then the fields: a compact count and each Data. */
const stored = (block: number, ...fields: string[]) => {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(block, 8);
  return `0x${head.toString('hex')}${Buffer.of(fields.length << 2).toString('hex')}${fields.join('')}`;
};
const raw = (hex: string) => Buffer.of(hex.length / 2 + 1).toString('hex') + hex;

const HASH = 'ab'.repeat(32);
const KINDS: [what: string, status: string, detail: RegExp, value: string][] = [
  ['no field', 'empty', /no field/, stored(9)],
  ['None', 'empty', /empty/, stored(9, '00')],
  ['two fields', 'several', /2 fields/, stored(9, raw(utf8('a')), raw(utf8('b')))],
  ['three fields of other kinds', 'several', /3 fields/, stored(9, '00', `83${HASH}`, '87')],
  ['a BLAKE2 hash', 'hash', /BlakeTwo256/, stored(9, `82${HASH}`)],
  ['a SHA-256 hash', 'hash', /Sha256/, stored(9, `83${HASH}`)],
  ['a Keccak hash', 'hash', /Keccak256/, stored(9, `84${HASH}`)],
  ['a SHA-3 hash', 'hash', /ShaThree256/, stored(9, `85${HASH}`)],
  ['a timelocked field', 'timelocked', /until round 1000 of drand/, stored(9, '860c010203e803000000000000')],
  ['the flag that resets bonds', 'reset-bonds', /reset bonds/, stored(9, '87')],
  ['bytes that are not UTF-8', 'binary', /2 bytes/, stored(9, raw('fffe'))],
  ['half of a letter', 'binary', /1 bytes/, stored(9, raw('c3'))],
  ['a kind of field that this runtime does not know', 'unknown', /number 254/, stored(9, 'fe00')],
  ['bytes left over', 'damaged', /left over/, `${stored(9, raw(utf8('a')))}00`],
  ['a field that is cut off', 'damaged', /no commitment/, stored(9, '0561')],
  ['a length that lies', 'damaged', /no commitment/, stored(9, '88feffffff')],
  ['a length beyond all bounds', 'damaged', /too large/, stored(9, '88ff')],
];

describe.each(METADATA)('stored commitments of %s', (_name, metadata) => {
  const { registry, type, layout } = layoutOf(metadata);
  const read = (value: string) => readCommitment(bytesOf(value), layout);

  test('one Raw field gives its text and its block, at every length', () => {
    for (let length = 0; length <= 128; length++) {
      const text = 'x'.repeat(length);
      const block = 77 + length;
      expect(read(stored(block, raw(utf8(text))))).toMatchObject({ block, status: 'text', text });
    }
  });

  test('BigRaw is read as well', () => {
    const text = 'y'.repeat(300);
    expect(read(stored(5, `88${'b104'}${utf8(text)}`))).toMatchObject({ block: 5, status: 'text', text });
  });

  test.each(KINDS)('%s has its block, a status of its own and no text', (_what, status, detail, value) => {
    const commitment = read(value);
    expect(commitment).toMatchObject({ block: 9, status, text: undefined });
    expect(commitment.detail).toMatch(detail);
  });

  test('too few bytes for a block have block 0', () => {
    expect(read('0x')).toMatchObject({ block: 0, status: 'damaged', text: undefined });
    expect(read('0x0102')).toMatchObject({ block: 0, status: 'damaged', text: undefined });
  });

  test('a byte-order mark and control characters are kept as they are', () => {
    expect(read(stored(9, raw(utf8('\ufeffa\n\u0000')))).text).toBe('\ufeffa\n\u0000');
  });

  test('the values of fields are there besides the status', () => {
    expect(read(stored(9, `83${HASH}`, '860c010203e803000000000000')).fields).toEqual([
      { kind: 'hash', algorithm: 'Sha256', bytes: new Uint8Array(32).fill(0xab) },
      { kind: 'timelocked', encrypted: Uint8Array.of(1, 2, 3), revealRound: 1000n, failed: false },
    ]);
  });

  test('is what polkadot.js reads with the types of the runtime', () => {
    const sound = KINDS.filter(([, status]) => status !== 'damaged' && status !== 'unknown');
    for (const [, , , value] of sound) {
      const theirs = registry
        .createTypeUnsafe(registry.createLookupType(type), [bytesOf(value)], { isPedantic: true })
        .toJSON() as { block: number; info: { fields: unknown[] } };
      expect(read(value).block).toBe(theirs.block);
      expect(read(value).fields).toHaveLength(theirs.info.fields.length);
    }
  });

  test('100,000 random and damaged values never throw', () => {
    const rounds = 100_000;
    const next = randomNumbers(31);
    const byte = () => Math.floor(next() * 256);
    const seen = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      let bytes: Buffer;
      const length = Math.floor(next() * 129);
      if (round % 5 === 0) {
        bytes = Buffer.from(Array.from({ length }, byte));
      } else {
        const kind = KINDS[Math.floor(next() * KINDS.length)]?.[3];
        const value = round % 5 === 1 ? stored(round, raw(utf8('z'.repeat(length)))) : kind;
        bytes = bytesOf(value ?? '');
        if (round % 5 === 3) bytes = bytes.subarray(0, Math.floor(next() * bytes.length));
        if (round % 5 === 4) bytes[12 + Math.floor(next() * Math.min(6, bytes.length - 12))] = byte();
      }
      const { status, text, block } = readCommitment(bytes, layout);
      if ((text !== undefined) !== (status === 'text') || !(block >= 0)) throw new Error(`round ${round}`);
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    expect(seen.get('text')).toBeGreaterThanOrEqual(rounds / 5); // the undamaged ones: the test does see texts
    expect([...seen.keys()].sort()).toEqual([
      'binary',
      'damaged',
      'empty',
      'hash',
      'reset-bonds',
      'several',
      'text',
      'timelocked',
      'unknown',
    ]);
  });
});

describe('what the chain opened', () => {
  const reveal = (text: string, block: number) => {
    const tail = Buffer.alloc(8);
    tail.writeBigUInt64LE(BigInt(block));
    return `${Buffer.of(text.length << 2).toString('hex')}${utf8(text)}${tail.toString('hex')}`;
  };

  test('is known with its last block and bytes, but is no text that counts', () => {
    expect(readReveals(bytesOf(`08${reveal('one', 7)}${reveal('two', 9)}`))).toEqual({
      block: 9,
      status: 'revealed',
      text: undefined,
      detail: 'it was timelocked, and opened by the chain in block 9',
      fields: [{ kind: 'raw', bytes: Uint8Array.from(Buffer.from('two')) }],
    });
  });

  test.each(['', '00', '04', `04${reveal('one', 7)}00`, 'ff'])('is damaged when it is 0x%s', (hex) => {
    expect(readReveals(bytesOf(hex))).toMatchObject({ block: 0, status: 'damaged', text: undefined });
  });
});

test('a runtime that stores commitments in another shape is an error, not a guess', () => {
  const registry = registryOf(METADATA[0]?.[1] ?? new Uint8Array());
  const idOf = (pallet: string, item: string) =>
    registry.metadata.pallets
      .find(({ name }) => name.toString() === pallet)
      ?.storage.unwrap()
      .items.find(({ name }) => name.toString() === item)?.type.asMap.value as SiLookupTypeId;
  const others: [string, string][] = [
    ['Commitments', 'LastCommitment'],
    ['Commitments', 'RevealedCommitments'],
    ['Commitments', 'UsedSpaceOf'],
    ['System', 'Account'],
  ];
  for (const [pallet, item] of others) {
    expect(() => commitmentLayout(registry, idOf(pallet, item))).toThrow(/in an unknown shape/);
  }
});
