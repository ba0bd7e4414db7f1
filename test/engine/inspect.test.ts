import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { evaluateWeights, expectedTensors, inspectWeights, matchTensors } from '../../src/engine/index.js';
import { parseSafetensorsHead } from '../../src/hub/index.js';
import { parityFixture, specOf, tensorsOf } from '../support/engine-fixture.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { type TestTensor, dataOf, headerOf, rawSafetensors, safetensors } from '../support/safetensors.js';
import { DEVICE } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const { cases } = await parityFixture();
const parity = cases.find(({ architecture }) => architecture === 'mobile');
if (parity === undefined) throw new Error('the fixture has no mobile');
const spec = specOf(parity);
const tensors = tensorsOf(parity);
const data = dataOf(tensors);
const parameters = tensors
  .filter(({ name }) => !name.includes('running_'))
  .reduce((sum, { values }) => sum + values.length, 0);
type Header = ReturnType<typeof headerOf>;

/** The digest that docs/commitments.md defines. */
function digestOf(of: readonly TestTensor[]): string {
  const hash = createHash('sha256');
  for (const { name, shape, values } of [...of].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name} F32 ${shape.join(',')}\n`).update(new Uint8Array(values.buffer));
  }
  return hash.digest('hex');
}

/** The sound file with its header changed. */
function withHeader(change: (header: Header) => unknown): Buffer {
  const header = headerOf(tensors);
  return rawSafetensors(JSON.stringify(change(header) ?? header), data);
}

/** The sound file with its header's text changed. */
function withText(change: (text: string) => string | Uint8Array): Buffer {
  return rawSafetensors(change(JSON.stringify(headerOf(tensors))), data);
}

/** The sound file with the entry of one tensor changed. */
function withEntry(name: string, change: object): Buffer {
  return withHeader((header) => ({ ...header, [name]: { ...header[name], ...change } }));
}

/** A sound file of other tensors. */
function withTensors(change: (tensor: TestTensor) => TestTensor | TestTensor[]): Buffer {
  return safetensors(tensors.flatMap(change));
}

function withValue(name: string, value: number): Buffer {
  return withTensors((tensor) =>
    tensor.name === name ? { ...tensor, values: tensor.values.with(-1, value) } : tensor,
  );
}

/** The lowest bit of its last number is another. */
function flipped(tensor: TestTensor): TestTensor {
  const values = tensor.values.slice();
  const bits = new Uint32Array(values.buffer);
  bits[bits.length - 1] = (bits.at(-1) ?? 0) ^ 1;
  return { ...tensor, values };
}

const bn = 'bn1.bias';
const bnOffsets = headerOf(tensors)[bn]?.data_offsets ?? [0, 0];
const renamed = (from: string, to: string) => (tensor: TestTensor) =>
  tensor.name === from ? { ...tensor, name: to } : tensor;

const BAD_FORMAT: [string, () => Buffer][] = [
  ['has 7 bytes', () => Buffer.alloc(7)],
  ['is empty', () => Buffer.alloc(0)],
  ['promises a header longer than itself', () => rawSafetensors('{}', Buffer.alloc(0), 1000n)],
  ['promises a header of 2^63 bytes', () => rawSafetensors('{}', data, 1n << 63n)],
  ['promises a header whose end overflows', () => rawSafetensors('{}', data, (1n << 64n) - 1n)],
  ['has a header over 256 KiB', () => withText((text) => text.padEnd((256 << 10) + 1, ' '))],
  ['has no header', () => rawSafetensors('', Buffer.alloc(0))],
  ['is a list', () => rawSafetensors('[]', Buffer.alloc(0))],
  ['begins with a space', () => withText((text) => ` ${text}`)],
  ['is padded with NUL', () => withText((text) => `${text}\0\0`)],
  ['has a second value behind the header', () => withText((text) => `${text}{}`)],
  ['has a header that ends early', () => withText((text) => text.slice(0, -1))],
  [
    'is not UTF-8',
    () =>
      withText((text) =>
        Buffer.concat([Buffer.from(text.slice(0, 2)), Buffer.from([0xff]), Buffer.from(text.slice(2))]),
      ),
  ],
  ['lost its last byte', () => safetensors(tensors).subarray(0, -1)],
  ['has a byte too many', () => Buffer.concat([safetensors(tensors), Buffer.alloc(1)])],
  [
    'has a hole',
    () => withHeader((header) => Object.fromEntries(Object.entries(header).filter(([name]) => name !== bn))),
  ],
  ['has overlapping tensors', () => withEntry('bn1.weight', { data_offsets: bnOffsets })],
  ['has offsets the wrong way round', () => withEntry(bn, { data_offsets: [...bnOffsets].reverse() })],
  ['has three offsets', () => withEntry(bn, { data_offsets: [...bnOffsets, 0] })],
  ['has one offset', () => withEntry(bn, { data_offsets: [0] })],
  ['has a negative offset', () => withEntry(bn, { data_offsets: [-1, 3] })],
  [
    'has an offset with a fraction',
    () => withText((text) => text.replace('"data_offsets":[0,', '"data_offsets":[0.0,')),
  ],
  [
    'has an offset with an exponent',
    () => withText((text) => text.replace('"data_offsets":[0,', '"data_offsets":[0e0,')),
  ],
  [
    'has an offset with a leading zero',
    () => withText((text) => text.replace('"data_offsets":[0,', '"data_offsets":[00,')),
  ],
  [
    'has an offset over 64 bits',
    () => withText((text) => text.replace('"data_offsets":[0,', '"data_offsets":[99999999999999999999,')),
  ],
  ['has a text for an offset', () => withEntry(bn, { data_offsets: ['0', '32'] })],
  [
    'names a tensor twice',
    () => withText((text) => text.replace('{', `{"${bn}":${JSON.stringify(headerOf(tensors)[bn])},`)),
  ],
  ['has a shape that is too small for its data', () => withEntry(bn, { shape: [7] })],
  ['has a shape that overflows', () => withEntry(bn, { shape: [2 ** 32, 2 ** 32] })],
  [
    'hides an overflow behind a zero',
    () => withEntry(bn, { shape: [0, 2 ** 40, 2 ** 40], data_offsets: [bnOffsets[0], bnOffsets[0]] }),
  ],
  ['has a negative dimension', () => withEntry(bn, { shape: [-8] })],
  ['has nine dimensions', () => withEntry(bn, { shape: [8, 1, 1, 1, 1, 1, 1, 1, 1] })],
  ['has an unknown dtype', () => withEntry(bn, { dtype: 'F31' })],
  ['has a dtype in lower case', () => withEntry(bn, { dtype: 'f32' })],
  [
    'has no dtype',
    () => withHeader((header) => ({ ...header, [bn]: { shape: [8], data_offsets: bnOffsets } })),
  ],
  ['has an unknown field', () => withEntry(bn, { stride: [1] })],
  ['has null for a tensor', () => withHeader((header) => ({ ...header, [bn]: null }))],
  ['has a number in its metadata', () => withHeader((header) => ({ __metadata__: { epoch: 1 }, ...header }))],
  ['has null metadata', () => withHeader((header) => ({ __metadata__: null, ...header }))],
  [
    'has metadata twice',
    () => withText((text) => text.replace('{', '{"__metadata__":{},"__metadata__":{},')),
  ],
  ['has an empty name', () => withTensors(renamed(bn, ''))],
  ['has a name with a slash too far', () => withTensors(renamed(bn, '..\\x'))],
  ['has a name of 257 characters', () => withTensors(renamed(bn, 'x'.repeat(257)))],
  [
    'has too many tensors',
    () =>
      safetensors(
        Array.from({ length: 4097 }, (_, i) => ({ name: `t${i}`, shape: [0], values: new Float32Array(0) })),
      ),
  ],
  ...['\\ud83e', '\\udec1', '\\ud83ex', '\\ud83e\\u0041', '\\u00g0', '\\x41'].map(
    (escape): [string, () => Buffer] => [
      `has the escape ${escape}`,
      () => withText((text) => text.replace('{', `{"__metadata__":{"key":"${escape}"},`)),
    ],
  ),
  ['is nested deeply', () => withText((text) => text.replace('"shape":[', `"shape":${'['.repeat(5000)}`))],
];

const OTHER_TENSORS: [string, () => Buffer, RegExp][] = [
  [
    'lacks a tensor',
    () => withTensors((tensor) => (tensor.name === bn ? [] : tensor)),
    /bn1.bias is missing/,
  ],
  [
    'has a tensor too many',
    () => withTensors((tensor) => (tensor.name === bn ? [tensor, { ...tensor, name: 'extra' }] : tensor)),
    /extra does not belong/,
  ],
  [
    'calls a tensor __proto__',
    () => rawSafetensors(JSON.stringify(headerOf(tensors)).replace(`"${bn}"`, '"__proto__"'), data),
    /missing/,
  ],
  ['has no tensor at all', () => rawSafetensors('{}', Buffer.alloc(0)), /missing/],
  [
    'has another shape of the same size',
    () => withEntry('head.fc2.weight', { shape: [1024, 14] }),
    /shape \[1024, 14\], not \[14, 1024\]/,
  ],
  ['has whole numbers of the same size', () => withEntry(bn, { dtype: 'I32' }), /I32, not F32/],
  [
    'has half-precision numbers',
    () => withEntry('conv_stem.weight', { dtype: 'F16', shape: [8, 3, 3, 6] }),
    /F16, not F32/,
  ],
];

const NOT_FINITE: [string, () => Buffer, RegExp][] = [
  ['a NaN', () => withValue('head.fc1.weight', NaN), /head.fc1.weight/],
  ['an infinity', () => withValue('conv_stem.weight', -Infinity), /conv_stem.weight/],
  ['a negative variance', () => withValue('bn1.running_var', -0.01), /negative variance/],
];

const [sound] = await verdictsOn(safetensors(tensors));
const { backboneDigest } = sound as { backboneDigest: string };
const expected = await expectedTensors(spec);
if (!expected.ok) throw new Error(expected.detail);

/** What the readers of headers say, who have no weights. */
function verdictOnHeader(file: Buffer): unknown {
  const header = parseSafetensorsHead(file, file.length);
  return header.ok ? matchTensors(header.entries, expected.ok ? expected.tensors : []) : header;
}

/** The verdicts of inspection and evaluation, which must agree. */
async function verdictsOn(file: Buffer): Promise<unknown[]> {
  return await inTemporaryFolder(async (folder) => {
    const weightsPath = join(folder, 'model.safetensors');
    await writeFile(weightsPath, file);
    const cachePath = await writePixelCache(folder, { imageSize: spec.imageSize, images: 2 });
    return [
      await inspectWeights({ spec, weightsPath }),
      await evaluateWeights({ spec, weightsPath, cachePath, indices: rows(2), device: DEVICE }),
    ];
  });
}

async function expectRejection(file: Buffer, code: string, detail: RegExp): Promise<void> {
  const [inspected, evaluated] = await verdictsOn(file);
  expect(inspected).toMatchObject({ ok: false, code, detail: expect.stringMatching(detail) as unknown });
  expect(evaluated).toEqual(inspected);
  // Before the weights are downloaded, with the same words; only their values cannot be known then.
  expect(verdictOnHeader(file)).toEqual(code === 'NOT_FINITE' ? { ok: true, parameters } : inspected);
}

describe('a weights file', () => {
  test('that is sound is accepted, whatever the order and spacing of its header', async () => {
    const header = Object.fromEntries(Object.entries(headerOf(tensors)).reverse());
    const metadata = { __metadata__: { format: 'pt', note: 'é \\ " \u0001' } };
    const spaced = rawSafetensors(JSON.stringify({ ...metadata, ...header }, null, 2), data);
    for (const file of [safetensors(tensors), safetensors(tensors.toReversed()), spaced]) {
      const [inspected, evaluated] = await verdictsOn(file);
      expect(inspected).toEqual({ ok: true, parameters, tensorDigest: digestOf(tensors), backboneDigest });
      expect(verdictOnHeader(file)).toEqual({ ok: true, parameters });
      expect(evaluated).toMatchObject({ ok: true });
    }
  });

  test('may write its names and metadata with the escapes of JSON', async () => {
    const escaped = (text: string) =>
      text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const metadata = { __metadata__: { é: '\t', è: '\n', '🫁': 'X' } };
    const text = escaped(JSON.stringify({ ...metadata, ...headerOf(tensors) })).replace(
      `"${bn}`,
      '"\\u0062n1.bias',
    );
    const [inspected] = await verdictsOn(rawSafetensors(text, data));
    expect(inspected).toMatchObject({ ok: true });
  });

  test.each(BAD_FORMAT)('that %s breaks the format', async (_, file) => {
    await expectRejection(file(), 'BAD_SAFETENSORS', /^model\.safetensors: /);
  });

  test.each(OTHER_TENSORS)('that %s is of another architecture', async (_, file, detail) => {
    await expectRejection(file(), 'TENSOR_MISMATCH', detail);
  });

  test.each(NOT_FINITE)('with %s is refused', async (_, file, detail) => {
    await expectRejection(file(), 'NOT_FINITE', detail);
  });

  test('has another digest when one bit of one number is another', async () => {
    const digests = await Promise.all(
      [tensors, tensors.map((tensor) => (tensor.name === bn ? flipped(tensor) : tensor))].map(
        async (of) => (await verdictsOn(safetensors(of)))[0],
      ),
    );
    expect(digests).toEqual([
      { ok: true, parameters, tensorDigest: digestOf(tensors), backboneDigest },
      {
        ok: true,
        parameters,
        tensorDigest: expect.not.stringMatching(digestOf(tensors)) as unknown,
        backboneDigest: expect.not.stringMatching(backboneDigest) as unknown,
      },
    ]);
  });

  test('has the same digest of its backbone when only the head is another', async () => {
    const [inspected] = await verdictsOn(withValue('head.fc1.weight', 1));
    expect(inspected).toMatchObject({ ok: true, backboneDigest });
    expect(inspected).not.toMatchObject({ tensorDigest: digestOf(tensors) });
  });

  test('cut at any place is refused', async () => {
    const file = safetensors(tensors);
    const header = 8 + Number(file.readBigUInt64LE(0));
    for (const length of [0, 1, 8, 9, 100, header - 1, header, header + 1, file.length - 4]) {
      await expectRejection(file.subarray(0, length), 'BAD_SAFETENSORS', /model/);
    }
  });
});
