// @ts-check
// The weights of a model as numbers: read from and written to safetensors of float32.
import { readFile, writeFile } from 'node:fs/promises';

/**
 * @typedef {{ name: string, shape: number[], values: Float32Array }} Tensor
 */

/**
 * @param {string} path
 * @returns {Promise<Tensor[]>}
 */
export async function readWeights(path) {
  const file = await readFile(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString());
  delete header.__metadata__;
  return Object.entries(header).map(
    ([
      name,
      {
        shape,
        data_offsets: [begin, end],
      },
    ]) => ({
      name,
      shape,
      values: new Float32Array(Uint8Array.from(file.subarray(start + begin, start + end)).buffer),
    }),
  );
}

/**
 * @param {string} path
 * @param {readonly Tensor[]} tensors
 */
export async function writeWeights(path, tensors) {
  let end = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, shape, values }) => {
      const begin = end;
      end += values.byteLength;
      return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  await writeFile(path, Buffer.concat([length, json, ...data]));
}
