/** The bytes are not what they should be: that is their writer's fault and no error of ours. */
export class BadBytes extends Error {}

/** Reads SCALE from front to back. Everything throws BadBytes when there is not enough left. */
export class StoredBytes {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    this.take(count);
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new BadBytes(`${count} more bytes were expected and ${this.left} are left`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** Little-endian and unsigned. */
  integer(size: number): bigint {
    return this.take(size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** A length: SCALE's compact integer, up to 2^30. */
  compact(): number {
    const first = this.byte();
    const mode = first & 3;
    if (mode === 0) return first >> 2;
    if (mode === 3) throw new BadBytes('a length is too large');
    const rest = Number(this.integer(mode === 1 ? 1 : 3));
    return rest * 64 + (first >> 2);
  }
}
