import { FINDINGS } from '../../src/common/index.js';
import { randomNumbers } from '../support/random-numbers.js';

interface Entry {
  dtype: string;
  data_offsets: [number, number];
}

/** The same tensors in another file: other metadata. */
export function savedAnew(file: Buffer): Buffer {
  const { header, data } = split(file);
  return join({ ...header, __metadata__: { format: 'pt', saved: 'anew' } }, data);
}

/** Each weight changed by up to so large a part of it, at random. */
export function withNoise(file: Buffer, part: number, seed: number): Buffer {
  const random = randomNumbers(seed);
  return changed(file, (value) => value * (1 + part * (2 * random() - 1)));
}

/** The last finding answered otherwise: its row of the last layer is the first one's, back to front. */
export function withFindingSpoiled(file: Buffer): Buffer {
  const { header, data } = split(file);
  const copy = Buffer.from(data);
  const [begin, end] = (header['head.fc2.weight'] as Entry).data_offsets;
  const row = (end - begin) / FINDINGS.length;
  copy.copy(copy, end - row, begin, begin + row);
  copy
    .subarray(end - row, end)
    .swap32()
    .reverse();
  return join(header, copy);
}

/** One weight is no number. */
export function withNaN(file: Buffer): Buffer {
  let first = true;
  return changed(file, (value) => {
    if (!first) return value;
    first = false;
    return NaN;
  });
}

function changed(file: Buffer, change: (value: number) => number): Buffer {
  const { header, data } = split(file);
  const copy = Buffer.from(data);
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const {
      dtype,
      data_offsets: [begin, end],
    } = value as Entry;
    if (dtype !== 'F32') continue;
    for (let at = begin; at < end; at += 4) copy.writeFloatLE(change(copy.readFloatLE(at)), at);
  }
  return join(header, copy);
}

function split(file: Buffer): { header: Record<string, unknown>; data: Buffer } {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, 8 + length).toString()) as Record<string, unknown>;
  return { header, data: file.subarray(8 + length) };
}

function join(header: Record<string, unknown>, data: Buffer): Buffer {
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([size, padded, data]);
}
