/** A seeded generator (Tommy Ettinger's Mulberry32) of whole numbers of 32 bits: the same in every run. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Numbers from 0 to before 1. */
export function randomNumbers(seed: number): () => number {
  const next = mulberry32(seed);
  return () => next() / 2 ** 32;
}

/** Whole numbers from 0 to before `below`. */
export function randomIntegers(seed: number): (below: number) => number {
  const next = mulberry32(seed);
  return (below) => next() % below;
}
