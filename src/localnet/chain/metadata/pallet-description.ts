import type { VariantTable } from './type-table.js';

export type Hasher = 'Identity' | 'Blake2_128Concat' | 'Twox64Concat';

/** A storage item: `keys` is empty for a single value. */
export interface StorageDescription {
  readonly keys: readonly { readonly hasher: Hasher; readonly type: string }[];
  readonly value: string;
  /** Optional: absent reads as None. Default: absent reads as `fallback`. */
  readonly modifier: 'Optional' | 'Default';
  /** What an absent item reads as; undefined, the zero value of the type. */
  readonly fallback: unknown;
}

/** One pallet as the metadata shows it: only what this chain carries out, at the true indices. */
export interface PalletDescription {
  readonly name: string;
  readonly index: number;
  /** Module that holds its Call, Event and Error types. */
  readonly module: string;
  readonly parameters: readonly string[];
  readonly storage: Readonly<Record<string, StorageDescription>>;
  readonly calls?: VariantTable;
  /** Type name of its calls and events within the runtime's enums. */
  readonly events?: VariantTable;
  readonly errors?: readonly string[];
  /** Constant name -> type and value. */
  readonly constants?: Readonly<Record<string, readonly [type: string, value: unknown]>>;
}

/** A storage item that is always there. */
export function value(type: string, fallback?: unknown): StorageDescription {
  return { keys: [], value: type, modifier: 'Default', fallback };
}

/** A storage item that may be absent. */
export function optionalValue(type: string): StorageDescription {
  return { keys: [], value: type, modifier: 'Optional', fallback: undefined };
}

/** A map; `keys` is `Hasher Type`, several joined by commas. */
export function map(keys: string, type: string, fallback?: unknown): StorageDescription {
  return { keys: parseKeys(keys), value: type, modifier: 'Default', fallback };
}

/** A map whose missing entries read as None. */
export function optionalMap(keys: string, type: string): StorageDescription {
  return { keys: parseKeys(keys), value: type, modifier: 'Optional', fallback: undefined };
}

function parseKeys(text: string): StorageDescription['keys'] {
  return text.split(', ').map((part) => {
    const [hasher = '', type = ''] = part.split(' ');
    return { hasher: hasher as Hasher, type };
  });
}
