import type { ApiPromise } from '@polkadot/api';
import type { ApiDecoration, QueryableStorageEntry } from '@polkadot/api/types';
import type { StorageKey, Vec } from '@polkadot/types';
import type { EventRecord, SiLookupTypeId } from '@polkadot/types/interfaces';
import type { AnyTuple, Codec, Registry } from '@polkadot/types/types';
import { understood } from './rpc-errors.js';

export interface BlockId {
  readonly number: number;
  readonly hash: string;
}

/** Which item of a pallet, and for which keys. Names are camelCase, as polkadot.js spells them. */
export type StorageQuery = readonly [pallet: string, item: string, ...keys: unknown[]];

type StorageItem = QueryableStorageEntry<'promise', AnyTuple>;

/** Storage values that are asked for in one request. */
const CHUNK = 250;

/**
 * The state at one block, in the types of that block's own runtime: what is read through one object belongs together.
 * Everything is looked up by name, and what that runtime does not have is undefined. Values are as `toJSON` gives them.
 */
export class BlockState {
  readonly block: BlockId;
  readonly #api: ApiPromise;
  readonly #at: ApiDecoration<'promise'>;

  private constructor(api: ApiPromise, at: ApiDecoration<'promise'>, block: BlockId) {
    this.#api = api;
    this.#at = at;
    this.block = block;
  }

  /** @throws HealthTensorError CHAIN_BAD_ANSWER; outages */
  static async at(api: ApiPromise, hash: string): Promise<BlockState> {
    return understood(async () => {
      const at = await api.at(hash);
      const header = await api.rpc.chain.getHeader(hash);
      return new BlockState(api, at, { number: header.number.toNumber(), hash });
    });
  }

  /** Of the runtime that made the block. */
  get specVersion(): number {
    return this.#at.runtimeVersion.specVersion.toNumber();
  }

  /**
   * All of the queries in one request: what is stored, or the chain's default; undefined when the item is optional and
   * empty, or unknown to this runtime.
   */
  async values(queries: readonly StorageQuery[]): Promise<unknown[]> {
    const wanted = queries.map(([pallet, name, ...keys]) => {
      const item = this.#item(pallet, name);
      // Several keys are given as one list.
      return item && ([item, ...(keys.length > 1 ? [keys] : keys)] as [StorageItem, ...unknown[]]);
    });
    const known = wanted.filter((each) => each !== undefined);
    const found = await understood(() => this.#at.queryMulti<Codec[]>(known));
    return wanted.map((each) => (each === undefined ? undefined : (found.shift()?.toJSON() ?? undefined)));
  }

  /** One value; see `values`. */
  async value(...query: StorageQuery): Promise<unknown> {
    return (await this.values([query]))[0];
  }

  /** Every entry under the first keys. A value is undefined when its bytes cannot be decoded: they may be from long ago. */
  async entries(
    ...[pallet, name, ...keys]: StorageQuery
  ): Promise<[key: StorageKey, value: Codec | undefined][]> {
    const item = this.#item(pallet, name);
    if (item === undefined) return [];
    const { type } = item.creator.meta;
    const valueType = type.isMap ? type.asMap.value : type.asPlain;
    const found = await understood(() => item.keys(...keys));
    const entries: [StorageKey, Codec | undefined][] = [];
    for (let from = 0; from < found.length; from += CHUNK) {
      const chunk = found.slice(from, from + CHUNK);
      const hex = chunk.map((key) => key.toHex()); // without their type, so that the bytes come as they are
      const values = await understood(() =>
        this.#api.rpc.state.queryStorageAt<Codec[]>(hex, this.block.hash),
      );
      chunk.forEach((key, index) => {
        const bytes = values[index]?.toU8a(true) ?? new Uint8Array();
        entries.push([key, decodeStored(this.#at.registry, valueType, bytes)]);
      });
    }
    return entries;
  }

  /** Calls a method of a runtime API; undefined when this runtime does not describe it. */
  async call(api: string, name: string, ...args: unknown[]): Promise<unknown> {
    const method = this.#at.call[api]?.[name];
    return method && (await understood(() => method(...args))).toJSON();
  }

  /** What happened in the block. */
  async events(): Promise<Iterable<EventRecord>> {
    const item = this.#item('system', 'events');
    return item === undefined ? [] : understood(() => item<Vec<EventRecord>>());
  }

  #item(pallet: string, name: string): StorageItem | undefined {
    return this.#at.query[pallet]?.[name];
  }
}

/** A stored value of this type; undefined when the bytes are none, as when they are cut off or some are left over. */
export function decodeStored(registry: Registry, type: SiLookupTypeId, bytes: Uint8Array): Codec | undefined {
  try {
    return registry.createTypeUnsafe(registry.createLookupType(type), [bytes], { isPedantic: true });
  } catch {
    return undefined;
  }
}
