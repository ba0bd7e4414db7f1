/** Cells a side of the grid over which features are taken. */
const GRID = 8;

/** Mean, edge strength and maximum of each cell of a coarse grid, and a constant. */
export function features(pixels: Uint8Array, size: number): Float64Array {
  const out = new Float64Array(3 * GRID * GRID + 1);
  const cell = size / GRID;
  for (let i = 0; i < GRID * GRID; i++) {
    let sum = 0;
    let edges = 0;
    let most = 0;
    const top = Math.floor(i / GRID) * cell;
    const left = (i % GRID) * cell;
    for (let y = top; y < top + cell; y++) {
      for (let x = left; x < left + cell; x++) {
        const value = (pixels[y * size + x] as number) / 255;
        const before = x === 0 ? value : (pixels[y * size + x - 1] as number) / 255;
        sum += value;
        edges += (value - before) ** 2;
        most = Math.max(most, value);
      }
    }
    out.set([5 * (sum / cell ** 2 - 0.5), 20 * Math.sqrt(edges / cell ** 2) - 1, 5 * (most - 0.7)], 3 * i);
  }
  out[out.length - 1] = 1;
  return out;
}

export function score(weights: Float64Array, input: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += (weights[j] as number) * (input[j] as number);
  return sum;
}

/** Logistic regression by gradient descent, both classes weighing the same. */
export function fitLogistic(
  inputs: readonly Float64Array[],
  rows: Uint32Array,
  present: (row: number) => boolean,
): Float64Array {
  const weights = new Float64Array(inputs[0]?.length ?? 0);
  const positives = rows.filter(present).length;
  for (let step = 0; step < 80; step++) {
    const gradient = new Float64Array(weights.length);
    for (const row of rows) {
      const input = inputs[row] as Float64Array;
      const positive = present(row);
      const error = 1 / (1 + Math.exp(-score(weights, input))) - (positive ? 1 : 0);
      const share = error / (2 * (positive ? positives : rows.length - positives));
      for (let j = 0; j < gradient.length; j++)
        gradient[j] = (gradient[j] as number) + share * (input[j] as number);
    }
    for (let j = 0; j < weights.length; j++) {
      weights[j] = (weights[j] as number) * 0.998 - 0.1 * (gradient[j] as number);
    }
  }
  return weights;
}

/** Area under the receiver operating characteristic by rank (Mann and Whitney). */
export function areaUnderCurve(cases: readonly { score: number; positive: boolean }[]): number {
  const sorted = [...cases].sort((a, b) => a.score - b.score);
  const positives = sorted.filter(({ positive }) => positive).length;
  let ranks = 0;
  sorted.forEach(({ positive }, index) => (ranks += positive ? index + 1 : 0));
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (sorted.length - positives));
}
