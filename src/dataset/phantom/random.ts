import { createHash } from 'node:crypto';

/**
 * A seeded stream of random numbers (sfc32, Doty-Humphrey's PractRand family). The state comes from a SHA-256 of the
 * seed's text, so that streams with different names are independent: image 7 looks the same however many are drawn.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const sum = (s[0] + s[1] + s[3]) >>> 0;
    s[3] = s[3] + 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + sum;
    return sum / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** -1 or 1. */
  side(): Side {
    return this.next() < 0.5 ? -1 : 1;
  }

  /** Mean 0, deviation 1, triangular: near enough to a bell for noise, and quick. */
  triangular(): number {
    return (this.next() + this.next() - 1) * Math.sqrt(6);
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}

/** -1: the left of the picture, the patient's right. 1: the right of the picture, the patient's left. */
export type Side = -1 | 1;
