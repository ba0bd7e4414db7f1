import type { ApiPromise } from '@polkadot/api';
import type { ApiDecoration, QueryableStorageEntry } from '@polkadot/api/types';
import type { StorageKey, Vec } from '@polkadot/types';
import type { EventRecord, SiLookupTypeId } from '@polkadot/types/interfaces';
import type { AnyTuple, Codec, DefinitionCallNamed, Registry } from '@polkadot/types/types';
import { hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { asArray, asHex, asNumber, asRecord } from './json-shape.js';
import { understood, understoodNow } from './rpc-errors.js';
import type { Ask } from './rpc-socket.js';

export interface BlockId {
  readonly number: number;
  readonly hash: string;
}

/** Which item of a pallet, and for which keys. Names are camelCase, as polkadot.js spells them. */
export type StorageQuery = readonly [pallet: string, item: string, ...keys: unknown[]];

type StorageItem = QueryableStorageEntry<'promise', AnyTuple>;

/** Storage values that are asked for in one request. */
const CHUNK = 250;
/** Keys that are asked for in one request; nodes give no more than 1000. */
const PAGE = 1000;

/**
 * The state at one block, in the types of that block's own runtime: what is read through one object belongs together.
 * Everything is looked up by name, and what that runtime does not have is undefined. Values are as `toJSON` gives them.
 * Requests do not go through the API's own `rpc`: it keeps what it asked at a block for 1.75 s, and the process with it.
 */
export class BlockState {
  readonly block: BlockId;
  readonly #at: ApiDecoration<'promise'>;
  readonly #ask: Ask;

  private constructor(at: ApiDecoration<'promise'>, ask: Ask, block: BlockId) {
    this.#at = at;
    this.#ask = ask;
    this.block = block;
  }

  /** @throws HealthTensorError CHAIN_BAD_ANSWER; outages */
  static async at(api: ApiPromise, ask: Ask, hash: string): Promise<BlockState> {
    const at = await understood(() => api.at(hash));
    const header = asRecord(await ask('chain_getHeader', [hash]), 'a header');
    return new BlockState(at, ask, { number: asNumber(header['number'], 'a block number'), hash });
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
    return (await this.#codecs(queries)).map((value) => value?.toJSON() ?? undefined);
  }

  /** One value; see `values`. */
  async value(...query: StorageQuery): Promise<unknown> {
    return (await this.values([query]))[0];
  }

  /** Every entry under the first keys, its value as it is stored: those of a map may be of any age and anybody's. */
  async entries(...[pallet, name, ...keys]: StorageQuery): Promise<[key: StorageKey, stored: Uint8Array][]> {
    const item = this.#item(pallet, name);
    if (item === undefined) return [];
    const { creator } = item;
    const found = await this.#keysUnder(item.keyPrefix(...keys));
    const entries: [StorageKey, Uint8Array][] = [];
    for (let from = 0; from < found.length; from += CHUNK) {
      const chunk = found.slice(from, from + CHUNK);
      const stored = await this.#stored(chunk);
      for (const hex of chunk) {
        const key = understoodNow(() =>
          this.#at.registry
            .createTypeUnsafe<StorageKey>('StorageKey', [hex])
            .setMeta(creator.meta, creator.section, creator.method),
        );
        entries.push([key, stored.get(hex) ?? new Uint8Array()]);
      }
    }
    return entries;
  }

  /** The type of an item's values in this runtime; undefined when it has no such item. */
  valueType(pallet: string, name: string): { registry: Registry; id: SiLookupTypeId } | undefined {
    const item = this.#item(pallet, name);
    return item && { registry: this.#at.registry, id: typeOf(item) };
  }

  /** Calls a method of a runtime API; undefined when this runtime does not describe it. */
  async call(api: string, name: string, ...args: unknown[]): Promise<unknown> {
    const method = this.#at.call[api]?.[name];
    if (method === undefined) return undefined;
    const { meta } = method as unknown as { meta: DefinitionCallNamed };
    const { registry } = this.#at;
    const encoded = meta.params.map(({ type }, index) =>
      registry.createTypeUnsafe(type, [args[index]]).toU8a(),
    );
    const answer = await this.#ask('state_call', [
      meta.name,
      u8aToHex(u8aConcat(...encoded)),
      this.block.hash,
    ]);
    const bytes = hexToU8a(asHex(answer, `the answer of ${meta.name}`));
    return understoodNow(() => registry.createTypeUnsafe(meta.type, [bytes]).toJSON());
  }

  /** A constant of this runtime; undefined when it has none of the name. */
  constant(pallet: string, name: string): unknown {
    return this.#at.consts[pallet]?.[name]?.toJSON();
  }

  /** What happened in the block. */
  async events(): Promise<Iterable<EventRecord>> {
    const [events] = await this.#codecs([['system', 'events']]);
    return (events as Vec<EventRecord> | undefined) ?? [];
  }

  async #codecs(queries: readonly StorageQuery[]): Promise<(Codec | undefined)[]> {
    const wanted = queries.map(([pallet, name, ...keys]) => {
      const item = this.#item(pallet, name);
      return item && { item, key: item.key(...keys) };
    });
    const stored = await this.#stored(wanted.flatMap((one) => (one === undefined ? [] : [one.key])));
    return understoodNow(() => wanted.map((one) => one && this.#decode(one.item, stored.get(one.key))));
  }

  /** What is stored under each key; nothing for those that are not there. */
  async #stored(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const stored = new Map<string, Uint8Array>();
    if (keys.length === 0) return stored;
    const sets = asArray(await this.#ask('state_queryStorageAt', [keys, this.block.hash]), 'stored values');
    for (const set of sets) {
      for (const change of asArray(asRecord(set, 'stored values')['changes'], 'stored values')) {
        const [key, value] = asArray(change, 'a stored value');
        if (value === null) continue;
        stored.set(asHex(key, 'a storage key'), hexToU8a(asHex(value, 'a stored value')));
      }
    }
    return stored;
  }

  async #keysUnder(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for (;;) {
      const after = keys.at(-1);
      const params = [prefix, PAGE, ...(after === undefined ? [null] : [after]), this.block.hash];
      const page = asArray(await this.#ask('state_getKeysPaged', params), 'storage keys');
      for (const key of page) keys.push(asHex(key, 'a storage key'));
      // A node that repeats itself would be asked for ever.
      if (page.length < PAGE || keys.at(-1) === after) return keys;
    }
  }

  #decode(item: StorageItem, bytes: Uint8Array | undefined): Codec | undefined {
    const { modifier, fallback } = item.creator.meta;
    const { registry } = this.#at;
    if (bytes !== undefined) return createStored(registry, typeOf(item), bytes);
    return modifier.isOptional ? undefined : createStored(registry, typeOf(item), fallback.toU8a(true));
  }

  #item(pallet: string, name: string): StorageItem | undefined {
    return this.#at.query[pallet]?.[name];
  }
}

function typeOf(item: StorageItem): SiLookupTypeId {
  const { type } = item.creator.meta;
  return type.isMap ? type.asMap.value : type.asPlain;
}

/** @throws when the bytes are none of this type, as when they are cut off or some are left over */
function createStored(registry: Registry, type: SiLookupTypeId, bytes: Uint8Array): Codec {
  return registry.createTypeUnsafe(registry.createLookupType(type), [bytes], { isPedantic: true });
}
