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

export interface TestTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** A safetensors file of any header, right or wrong, and any data. */
export function rawSafetensors(header: string | Uint8Array, data: Uint8Array, length?: bigint): Buffer {
  const json = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([prefix, json, data]);
}

/** The header's JSON for tensors that follow each other in the given order. */
export function headerOf(
  tensors: readonly TestTensor[],
): Record<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }> {
  let offset = 0;
  return Object.fromEntries(
    tensors.map(({ name, shape, values }) => {
      const begin = offset;
      offset += values.byteLength;
      return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }];
    }),
  );
}

export function dataOf(tensors: readonly TestTensor[]): Buffer {
  return Buffer.concat(
    tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  );
}

/** A well-formed file. */
export function safetensors(tensors: readonly TestTensor[]): Buffer {
  return rawSafetensors(JSON.stringify(headerOf(tensors)), dataOf(tensors));
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
