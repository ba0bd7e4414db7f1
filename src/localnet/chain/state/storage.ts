import { hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import type { ChainMetadata } from '../metadata/build-metadata.js';
import { PALLETS } from '../metadata/build-metadata.js';
import type { StorageDescription } from '../metadata/pallet-description.js';
import type { StorageItem } from './items.js';
import { hashKey, itemPrefix } from './storage-key.js';
import type { Overlay } from './overlay.js';
import type { RawReader } from './versioned-store.js';

interface ItemCodec {
  readonly prefix: string;
  readonly description: StorageDescription;
  readonly keyTypes: readonly number[];
  readonly valueType: number;
}

/** Turns storage items and their keys into raw keys, and values into bytes, as the metadata describes them. */
export class StorageCodec {
  readonly metadata: ChainMetadata;
  readonly #items = new Map<string, ItemCodec>();

  constructor(metadata: ChainMetadata) {
    this.metadata = metadata;
    for (const pallet of PALLETS) {
      for (const [name, description] of Object.entries(pallet.storage)) {
        this.#items.set(`${pallet.name}.${name}`, {
          prefix: itemPrefix(pallet.name, name),
          description,
          keyTypes: description.keys.map(({ type }) => metadata.typeId(type)),
          valueType: metadata.typeId(description.value),
        });
      }
    }
  }

  /** The raw key of an entry, or the prefix of several when only the first keys of a map are given. */
  key(name: string, keys: readonly unknown[]): string {
    const { prefix, description, keyTypes } = this.#item(name);
    if (keys.length === 0) return prefix;
    const parts = keys.map((key, i) => {
      const hasher = description.keys[i]?.hasher;
      const type = keyTypes[i];
      if (hasher === undefined || type === undefined) throw new Error(`${name} has no key ${i}`);
      return hashKey(hasher, this.metadata.codec.encode(type, key));
    });
    return prefix + u8aToHex(u8aConcat(...parts)).slice(2);
  }

  /** The last key of a full raw key. Every hasher in use keeps the key itself at the end; its type has a fixed size. */
  lastKey(name: string, rawKey: string): unknown {
    const type = this.#item(name).keyTypes.at(-1) ?? -1;
    const size = this.metadata.codec.encode(type, undefined).length;
    return this.metadata.codec.decode(type, hexToU8a(rawKey).subarray(-size));
  }

  decode(name: string, raw: string | undefined): unknown {
    const { description, valueType } = this.#item(name);
    if (raw !== undefined) return this.metadata.codec.decode(valueType, hexToU8a(raw));
    if (description.modifier === 'Optional') return undefined;
    const bytes = this.metadata.codec.encode(valueType, description.fallback);
    return this.metadata.codec.decode(valueType, bytes);
  }

  encode(name: string, value: unknown): string {
    return u8aToHex(this.metadata.codec.encode(this.#item(name).valueType, value));
  }

  #item(name: string): ItemCodec {
    const item = this.#items.get(name);
    if (item === undefined) throw new Error(`There is no storage item ${name}`);
    return item;
  }
}

type LastOf<Keys extends readonly unknown[]> = Keys extends readonly [...unknown[], infer Last]
  ? Last
  : never;

/** Typed reads of one state. */
export class StorageReader {
  protected readonly codec: StorageCodec;
  protected readonly raw: RawReader;

  constructor(codec: StorageCodec, raw: RawReader) {
    this.codec = codec;
    this.raw = raw;
  }

  /** The value, or its default, or undefined for an absent optional item. */
  get<Keys extends readonly unknown[], Value>(item: StorageItem<Keys, Value>, ...keys: Keys): Value {
    return this.codec.decode(item.name, this.raw.get(this.codec.key(item.name, keys))) as Value;
  }

  /** The last keys of the entries under the first keys of a map, in the order of their raw keys. */
  lastKeys<Keys extends readonly [...unknown[], unknown], Value>(
    item: StorageItem<Keys, Value>,
    ...first: readonly unknown[]
  ): LastOf<Keys>[] {
    const prefix = this.codec.key(item.name, first);
    return this.raw.keys(prefix).map((key) => this.codec.lastKey(item.name, key) as LastOf<Keys>);
  }

  /** The SCALE bytes of the value as 0x hex, or undefined when there is none. */
  rawValue<Keys extends readonly unknown[], Value>(
    item: StorageItem<Keys, Value>,
    ...keys: Keys
  ): string | undefined {
    return this.raw.get(this.codec.key(item.name, keys));
  }
}

/** Typed reads and writes of a state that is being made. */
export class Storage extends StorageReader {
  readonly overlay: Overlay;

  constructor(codec: StorageCodec, overlay: Overlay) {
    super(codec, overlay);
    this.overlay = overlay;
  }

  set<Keys extends readonly unknown[], Value>(
    item: StorageItem<Keys, Value>,
    keys: Keys,
    value: NonNullable<Value>,
  ): void {
    this.overlay.set(this.codec.key(item.name, keys), this.codec.encode(item.name, value));
  }

  remove<Keys extends readonly unknown[], Value>(item: StorageItem<Keys, Value>, ...keys: Keys): void {
    this.overlay.delete(this.codec.key(item.name, keys));
  }
}
