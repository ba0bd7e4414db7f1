import type { ImageHeader } from './image-header.js';

/** What the files of a data set have in common, and what not. */
export interface ImageFacts {
  /** Bytes of all files, of the smallest and of the largest. */
  readonly bytes: { readonly total: number; readonly smallest: number; readonly largest: number };
  /** `1024x1024 gray 8-bit PNG` and how many images are like that, the commonest first. */
  readonly kinds: readonly { readonly kind: string; readonly images: number }[];
}

/** Counts as images come by. */
export class FactCounter {
  readonly #kinds = new Map<string, number>();
  #total = 0;
  #smallest = Infinity;
  #largest = 0;

  add(bytes: number, header: ImageHeader | undefined): void {
    this.#total += bytes;
    this.#smallest = Math.min(this.#smallest, bytes);
    this.#largest = Math.max(this.#largest, bytes);
    const kind = header === undefined ? 'unknown' : kindOf(header);
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  get facts(): ImageFacts {
    return {
      bytes: {
        total: this.#total,
        smallest: this.#smallest === Infinity ? 0 : this.#smallest,
        largest: this.#largest,
      },
      kinds: [...this.#kinds].map(([kind, images]) => ({ kind, images })).sort((a, b) => b.images - a.images),
    };
  }
}

function kindOf({ width, height, samples, bits, format }: ImageHeader): string {
  return `${width}x${height} ${samples} ${bits}-bit ${format}`;
}
