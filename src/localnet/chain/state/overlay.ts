import type { Changes, RawReader } from './versioned-store.js';

/** Changes on top of a state that may still be given up: a block being built, or one extrinsic within it. */
export class Overlay implements RawReader {
  readonly #base: RawReader;
  readonly #changes = new Map<string, string | null>();

  constructor(base: RawReader) {
    this.#base = base;
  }

  get(key: string): string | undefined {
    const change = this.#changes.get(key);
    return change === undefined ? this.#base.get(key) : (change ?? undefined);
  }

  keys(prefix: string): string[] {
    const keys = new Set(this.#base.keys(prefix));
    for (const [key, change] of this.#changes) {
      if (!key.startsWith(prefix)) continue;
      if (change === null) keys.delete(key);
      else keys.add(key);
    }
    return [...keys].sort();
  }

  set(key: string, value: string): void {
    this.#changes.set(key, value);
  }

  delete(key: string): void {
    this.#changes.set(key, null);
  }

  /** Takes over what `child`, an overlay on this one, changed. */
  absorb(child: Overlay): void {
    for (const [key, value] of child.changes) this.#changes.set(key, value);
  }

  get changes(): Changes {
    return this.#changes;
  }
}
