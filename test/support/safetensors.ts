import { dataOf, fileOf, headerOf, type Tensor } from '../../scripts/fixtures/malformed/safetensors-file.mjs';

export { dataOf, fileOf as rawSafetensors, headerOf, type Tensor as TestTensor };

/** Numbers in 0..1 by stream and position; scripts/fixtures/make-engine-fixtures.py has the same formula. */
export function uniform(stream: number, count: number): Float64Array {
  const start = Math.imul(stream, 0x9e3779b9);
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (i + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  });
}

/** A well-formed file. */
export function safetensors(tensors: readonly Tensor[]): Buffer {
  return fileOf(JSON.stringify(headerOf(tensors)), dataOf(tensors));
}

/** Header and data of a well-formed file. */
export function readSafetensors(file: Buffer): {
  text: string;
  header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  metadata: unknown;
  tensor: (name: string) => Float32Array;
} {
  const length = Number(file.readBigUInt64LE(0));
  const text = file.subarray(8, 8 + length).toString('utf8');
  const { __metadata__: metadata, ...header } = JSON.parse(text) as ReturnType<typeof headerOf> & {
    __metadata__: never;
  };
  const tensor = (name: string) => {
    const [begin, end] = header[name]?.data_offsets ?? [0, 0];
    return new Float32Array(Uint8Array.from(file.subarray(8 + length + begin, 8 + length + end)).buffer);
  };
  return { text, header: header as ReturnType<typeof readSafetensors>['header'], metadata, tensor };
}
