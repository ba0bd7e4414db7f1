// @ts-check
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensorsHead } from '../dist/hub/index.js';
import { malformedSafetensors, oddSafetensors } from './fixtures/malformed/malformed-models.mjs';
import { mutated } from './fixtures/malformed/mutations.mjs';
import { randomNumbers } from './random-numbers.mjs';
import { SetupError } from './setup-error.mjs';

const AT_ONCE = 10_000;
/** Some tensors of the shapes that networks have. */
const TENSORS = [
  { name: 'conv1.bias', shape: [2] },
  { name: 'conv1.weight', shape: [2, 1, 3, 3] },
  { name: 'head.fc1.bias', shape: [2] },
  { name: 'head.fc1.weight', shape: [2, 18] },
].map(({ name, shape }, i) => {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, shape, values: Float32Array.from({ length: count }, (_, k) => Math.sin(100 * i + k)) };
});

/**
 * Lets the C++ reader (test/native/readers) read the corpus of malformed files and so many mutated ones, and compares what it
 * says of each with the reader in TypeScript. How many files had which verdict.
 * @param {{ files: number, read: (args: string[]) => Promise<string> }} o `read` runs the program and gives its output
 * @throws SetupError with the first file on which they differ
 */
export async function readAlike({ files, read }) {
  const folder = await mkdtemp(join(tmpdir(), 'healthtensor-readers-'));
  /** @type {Record<string, number>} */
  const counts = {};
  try {
    for (const batch of batchesOf(files)) {
      const path = join(folder, 'batch');
      await writeFile(path, Buffer.concat(batch.flatMap((file) => [lengthOf(file), file])));
      const lines = (await read([path, folder])).split('\n');
      for (const [i, file] of batch.entries()) {
        const line = lines[i] ?? '';
        if (!agrees(file, line)) throw disagreement(file, line);
        const code = line.split(' ', 1)[0] ?? '';
        counts[code] = (counts[code] ?? 0) + 1;
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return counts;
}

/** @param {number} files */
function* batchesOf(files) {
  const malformed = malformedSafetensors(TENSORS).map(([, file]) => file);
  const odd = oddSafetensors(TENSORS).map(([, file]) => file);
  yield [...malformed, ...odd];
  // As many that are sound as not: a fault is soon found, and what is behind it never looked at.
  const small = [...malformed, ...Array(25).fill(odd).flat()].filter(({ length }) => length < 5000);
  const random = randomNumbers(7);
  for (let left = files; left > 0; left -= AT_ONCE) {
    yield Array.from({ length: Math.min(left, AT_ONCE) }, () => mutated(small, random));
  }
}

/** @param {Buffer} file */
function lengthOf(file) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(file.length);
  return length;
}

/**
 * @param {Buffer} file
 * @param {string} line of the C++ reader
 */
function agrees(file, line) {
  const verdict = verdictOnHeader(file);
  if (!verdict.ok) return line === `${verdict.code} ${verdict.detail}`;
  // A header tells nothing about the values.
  return line.startsWith('NOT_FINITE ') || line === `sound ${verdict.digest}`;
}

/** @param {Buffer} file */
function verdictOnHeader(file) {
  const header = parseSafetensorsHead(file, file.length);
  if (!header.ok) return header;
  const end = 8 + Number(file.readBigUInt64LE(0));
  // The entries cover the data without holes, in its order.
  return {
    ok: /** @type {const} */ (true),
    digest: createHash('sha256').update(file.subarray(end)).digest('hex'),
  };
}

/**
 * @param {Buffer} file
 * @param {string} line
 */
function disagreement(file, line) {
  const shown = `${JSON.stringify(verdictOnHeader(file))} by TypeScript, ${line} by C++`;
  return new SetupError(`The readers differ: ${shown}\n${file.toString('base64').slice(0, 20_000)}`);
}
