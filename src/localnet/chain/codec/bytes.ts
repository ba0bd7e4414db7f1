/** Reads SCALE bytes from front to back; reading past the end throws a RangeError. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  take(count: number): Uint8Array {
    if (count > this.remaining)
      throw new RangeError(`Expected ${count} more bytes but ${this.remaining} are left`);
    const part = this.#bytes.subarray(this.#position, this.#position + count);
    this.#position += count;
    return part;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** A little-endian unsigned integer of `size` bytes. */
  unsigned(size: number): bigint {
    return littleEndian(this.take(size));
  }

  /** A compact integer; one that is not written in its shortest form is refused, as parity-scale-codec does. */
  compact(): bigint {
    const first = this.byte();
    const mode = first & 3;
    if (mode === 0) return BigInt(first >> 2);
    const size = mode === 1 ? 2 : mode === 2 ? 4 : (first >> 2) + 4;
    if (mode === 3) {
      const value = this.unsigned(size);
      if (value < 1n << 30n || (size > 4 && value < 1n << BigInt(8 * (size - 1)))) throw notShortest();
      return value;
    }
    const rest = this.unsigned(size - 1);
    const value = (rest << 6n) | BigInt(first >> 2);
    if (value < (mode === 1 ? 1n << 6n : 1n << 14n)) throw notShortest();
    return value;
  }

  /** The length of a vector: never more than the bytes that are left. */
  length(): number {
    const length = this.compact();
    if (length > BigInt(this.remaining))
      throw new RangeError(`A list claims ${length} entries, more than there are bytes`);
    return Number(length);
  }
}

function notShortest(): RangeError {
  return new RangeError('A compact integer is not in its shortest form');
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** Collects SCALE bytes. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  push(part: Uint8Array | readonly number[]): void {
    for (const byte of part) this.#bytes.push(byte);
  }

  unsigned(value: bigint, size: number): void {
    if (value < 0n || value >= 1n << BigInt(8 * size))
      throw new RangeError(`${value} does not fit in ${size} bytes`);
    let rest = value;
    for (let i = 0; i < size; i += 1) {
      this.#bytes.push(Number(rest & 255n));
      rest >>= 8n;
    }
  }

  compact(value: bigint): void {
    if (value < 0n) throw new RangeError(`${value} is negative`);
    if (value < 1n << 6n) this.unsigned(value << 2n, 1);
    else if (value < 1n << 14n) this.unsigned((value << 2n) | 1n, 2);
    else if (value < 1n << 30n) this.unsigned((value << 2n) | 2n, 4);
    else {
      const size = Math.ceil(value.toString(16).length / 2);
      this.#bytes.push(((size - 4) << 2) | 3);
      this.unsigned(value, size);
    }
  }
}
