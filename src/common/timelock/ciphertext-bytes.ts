import { TimelockError } from './timelock-error.js';

/** The parts of a ciphertext of subtensor's `tle` crate. */
export interface CiphertextParts {
  /** r times the generator of G2, 96 bytes compressed. */
  readonly u: Uint8Array;
  /** sigma masked by the pairing, 32 bytes. */
  readonly v: Uint8Array;
  /** The AES key masked by sigma, 32 bytes. */
  readonly w: Uint8Array;
  /** AES-256-GCM's output, its 16-byte tag at the end. */
  readonly sealed: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
}

const CIPHER_SUITE = Buffer.from('AES_GCM_');
const TAG_BYTES = 16;

/** The parts as arkworks writes them: the point as it is, every byte vector after its length as u64 little-endian. */
export function writeCiphertext({ u, v, w, sealed, nonce }: CiphertextParts): Uint8Array {
  const body = Buffer.concat([vector(sealed), vector(nonce)]);
  return Uint8Array.from(Buffer.concat([u, vector(v), vector(w), vector(body), vector(CIPHER_SUITE)]));
}

/**
 * Reads a stranger's bytes; copies nothing, so a length that lies costs nothing. What follows the last part is ignored,
 * as the chain ignores it.
 * @throws TimelockError
 */
export function readCiphertext(bytes: Uint8Array): CiphertextParts {
  const outer = new Reader(bytes);
  const u = outer.take(96n);
  const v = outer.vector(32);
  const w = outer.vector(32);
  const body = new Reader(outer.vector());
  const suite = outer.vector(CIPHER_SUITE.length);
  if (!CIPHER_SUITE.equals(suite)) throw new TimelockError('The ciphertext is not of the suite AES_GCM_');
  const sealed = body.vector();
  const nonce = body.vector(12);
  if (sealed.length < TAG_BYTES) throw new TimelockError('The ciphertext has no room for its tag');
  return { u, v, w, sealed, nonce };
}

function vector(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

class Reader {
  #rest: Buffer;

  constructor(bytes: Uint8Array) {
    this.#rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(length: bigint): Buffer {
    if (length > BigInt(this.#rest.length)) {
      throw new TimelockError(`The ciphertext ends early: ${length} bytes wanted, ${this.#rest.length} left`);
    }
    const taken = this.#rest.subarray(0, Number(length));
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** A byte vector, of just this length where one is given. */
  vector(length?: number): Buffer {
    const said = this.take(8n).readBigUInt64LE();
    if (length !== undefined && said !== BigInt(length)) {
      throw new TimelockError(
        `Expected ${length} bytes in a part of the ciphertext but its length is ${said}`,
      );
    }
    return this.take(said);
  }
}
