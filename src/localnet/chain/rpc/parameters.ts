import type { LocalChain } from '../chain.js';
import { RpcError } from '../transactions/rejection.js';

const INVALID_PARAMS = -32602;

/** Reads the positional parameters of a request; each getter names what it expected. */
export class Parameters {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  hex(index: number): string {
    const value = this.#values[index];
    if (typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase();
    throw this.#wrong(index, '0x hex');
  }

  optionalHex(index: number): string | undefined {
    return this.#values[index] === undefined || this.#values[index] === null ? undefined : this.hex(index);
  }

  hexList(index: number): string[] {
    const value = this.#values[index];
    if (!Array.isArray(value)) throw this.#wrong(index, 'a list of 0x hex');
    const list = this.list(index);
    return value.map((_, i) => list.hex(i));
  }

  text(index: number): string {
    const value = this.#values[index];
    if (typeof value !== 'string') throw this.#wrong(index, 'a string');
    return value;
  }

  /** A whole number from 0 to `max`, also as 0x hex, as block numbers may come. */
  whole(index: number, max: number): number {
    const value = this.#values[index];
    const number = typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) return number;
    throw this.#wrong(index, `a whole number from 0 to ${max}`);
  }

  /** The list at `index` as parameters of its own. */
  list(index: number): Parameters {
    const value: unknown = this.#values[index];
    if (!Array.isArray(value)) throw this.#wrong(index, 'a list');
    return new Parameters(value as unknown[]);
  }

  raw(index: number): unknown {
    return this.#values[index] ?? undefined;
  }

  #wrong(index: number, expected: string): RpcError {
    const value = this.#values[index];
    // Of objects and lists only that they are one: they may be nested too deep to be written.
    const received = typeof value === 'object' ? 'an object' : (JSON.stringify(value) ?? 'nothing');
    return new RpcError(
      INVALID_PARAMS,
      'Invalid params',
      `expected ${expected} at ${index} but received ${received.slice(0, 100)}`,
    );
  }
}

/** The number of the block that a hash names, the head without one; an unknown or forgotten block is an RpcError. */
export function blockNumberOf(chain: LocalChain, hash: string | undefined): number {
  const block = hash === undefined ? chain.head : chain.blockByHash(hash);
  if (block === undefined)
    throw new RpcError(-32000, `Client error: UnknownBlock: Header was not found: ${hash}`);
  if (block.header.number < chain.store.oldest) {
    throw new RpcError(4003, `Client error: UnknownBlock: State already discarded for ${hash}`);
  }
  return block.header.number;
}
