import type { SimilarGroup } from './similar-groups.js';

/** Which positions belong together (union by size, path halving; Tarjan & van Leeuwen 1984). */
export class Clusters {
  readonly #parent: Uint32Array;
  readonly #size: Uint32Array;
  /** Of a cluster's root: the least similarity that joined two of it. */
  readonly #weakest: Float32Array;

  constructor(count: number) {
    this.#parent = Uint32Array.from({ length: count }, (_, i) => i);
    this.#size = new Uint32Array(count).fill(1);
    this.#weakest = new Float32Array(count).fill(1);
  }

  same(a: number, b: number): boolean {
    return this.#root(a) === this.#root(b);
  }

  join(a: number, b: number, similarity: number): void {
    let [large, small] = [this.#root(a), this.#root(b)];
    if (large === small) return;
    if ((this.#size[large] as number) < (this.#size[small] as number)) [large, small] = [small, large];
    this.#parent[small] = large;
    this.#size[large] = (this.#size[large] as number) + (this.#size[small] as number);
    const weakest = Math.min(this.#weakest[large] as number, this.#weakest[small] as number, similarity);
    this.#weakest[large] = weakest;
  }

  /** Those of two and more, in the order of their first members. */
  groups(): SimilarGroup[] {
    const members = new Map<number, number[]>();
    for (let position = 0; position < this.#parent.length; position++) {
      const root = this.#root(position);
      if ((this.#size[root] as number) < 2) continue;
      const group = members.get(root);
      if (group === undefined) members.set(root, [position]);
      else group.push(position);
    }
    return [...members].map(([root, group]) => ({
      members: group,
      similarity: this.#weakest[root] as number,
    }));
  }

  #root(position: number): number {
    const parent = this.#parent;
    let at = position;
    for (let up = parent[at] as number; up !== at; up = parent[at] as number) {
      parent[at] = parent[up] as number;
      at = up;
    }
    return at;
  }
}
