/** Reads raw storage: full keys and values as 0x hex. */
export interface RawReader {
  get(key: string): string | undefined;
  /** Every key that starts with `prefix` and has a value, in order. */
  keys(prefix: string): string[];
}

/** What one block changed: key -> new value, or null where the entry went. */
export type Changes = ReadonlyMap<string, string | null>;

interface Version {
  readonly block: number;
  readonly value: string | null;
}

/** Hex digits (with 0x) of the pallet and item prefix that opens every storage key. */
const ITEM_PREFIX = 66;

/**
 * All storage entries with their history: every entry keeps one value per block that changed it, so that a past state
 * shares whatever did not change since. States older than `history` blocks are forgotten.
 */
export class VersionedStore {
  readonly #versions = new Map<string, Version[]>();
  readonly #byItem = new Map<string, Set<string>>();
  readonly #changed = new Map<number, readonly string[]>();
  readonly #history: number;
  #head = -1;
  #oldest = 0;

  constructor(history: number) {
    this.#history = history;
  }

  /** The newest block whose state is kept; -1 before the first. */
  get head(): number {
    return this.#head;
  }

  /** The oldest block whose state is kept. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Starts the history at a block in the middle of the chain. */
  load(block: number, entries: Iterable<readonly [string, string]>): void {
    this.#head = block;
    this.#oldest = block;
    for (const [key, value] of entries) this.#append(key, { block, value });
  }

  /** Adds the block after the head. */
  commit(block: number, changes: Changes): void {
    if (block !== this.#head + 1) throw new Error(`Block ${block} does not follow ${this.#head}`);
    for (const [key, value] of changes) this.#append(key, { block, value });
    this.#changed.set(block, [...changes.keys()]);
    this.#head = block;
    while (this.#head - this.#oldest > this.#history) this.#forget(this.#oldest + 1);
  }

  /** The state as it was after `block`. */
  at(block: number): RawReader {
    return { get: (key) => this.#read(key, block), keys: (prefix) => this.keys(prefix, block) };
  }

  /** Every key that starts with `prefix` and has a value after `block`, in order. */
  keys(prefix: string, block: number): string[] {
    const item = prefix.slice(0, ITEM_PREFIX);
    const candidates = prefix.length >= ITEM_PREFIX ? (this.#byItem.get(item) ?? []) : this.#versions.keys();
    return [...candidates]
      .filter((key) => key.startsWith(prefix) && this.#read(key, block) !== undefined)
      .sort();
  }

  /** Every entry after `block`, in order. */
  entries(block: number): [string, string][] {
    return this.keys('0x', block).map((key) => [key, this.#read(key, block) ?? '0x']);
  }

  #read(key: string, block: number): string | undefined {
    const versions = this.#versions.get(key);
    if (versions === undefined) return undefined;
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((versions[middle]?.block ?? Infinity) <= block) low = middle + 1;
      else high = middle;
    }
    return versions[low - 1]?.value ?? undefined;
  }

  #append(key: string, version: Version): void {
    const versions = this.#versions.get(key);
    if (versions !== undefined) {
      versions.push(version);
      return;
    }
    if (version.value === null) return;
    this.#versions.set(key, [version]);
    const item = key.slice(0, ITEM_PREFIX);
    const siblings = this.#byItem.get(item);
    if (siblings === undefined) this.#byItem.set(item, new Set([key]));
    else siblings.add(key);
  }

  /** Makes `block` the oldest state: of what it changed, only its own value stays readable before later ones. */
  #forget(block: number): void {
    for (const key of this.#changed.get(block) ?? []) {
      const versions = this.#versions.get(key);
      if (versions === undefined) continue;
      const kept = versions.findIndex((version) => version.block >= block);
      if (kept > 0) versions.splice(0, kept);
      if (versions.length === 1 && versions[0]?.value === null) {
        this.#versions.delete(key);
        this.#byItem.get(key.slice(0, ITEM_PREFIX))?.delete(key);
      }
    }
    this.#changed.delete(block);
    this.#oldest = block;
  }
}
