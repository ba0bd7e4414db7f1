/**
 * Numbers as a database keeps them, little-endian. Its bytes come as one of two types and lie anywhere in memory, numbers only
 * at multiples of their size: hence the copies.
 */
export type Bytes = Uint8Array | ArrayBuffer;

export function bytesOf(numbers: Float32Array | Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

export function floatsOf(bytes: Bytes): Float32Array {
  return new Float32Array(new Uint8Array(bytes).slice().buffer);
}

export function integersOf(bytes: Bytes): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).slice().buffer);
}
