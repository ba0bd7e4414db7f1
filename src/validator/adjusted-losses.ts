/** The mean loss of a model on one sample. */
export interface SampleLoss {
  readonly modelId: string;
  readonly sample: string;
  readonly loss: number;
  readonly images: number;
}

// Small enough to move no loss by more than a billionth; it decides only what no evaluation ties together.
const RIDGE = 1e-6;

/**
 * One comparable loss for each model, though not all were evaluated on the same samples: samples differ in difficulty
 * by more (0.003 at 2,048 images) than good models do. Fits loss = model + sample by least squares weighted with the
 * images, the two-way layout without interaction of incomplete blocks (Yates 1940): two models that share no
 * sample are compared by way of those that share one with each. Models on the same samples keep their plain mean.
 * The equations are as many as models, however many samples there have been.
 */
export function adjustedLosses(losses: readonly SampleLoss[]): Map<string, number> {
  const bySample = new Map<string, SampleLoss[]>();
  for (const one of losses) bySample.set(one.sample, [...(bySample.get(one.sample) ?? []), one]);
  const models = [...new Set(losses.map(({ modelId }) => modelId))].sort();
  const rowOf = new Map(models.map((modelId, row) => [modelId, row]));
  const size = models.length;
  const level = losses.reduce((sum, { loss }) => sum + loss, 0) / losses.length;
  const matrix = models.map(() => new Float64Array(size + 1));
  const add = (row: Float64Array, column: number, value: number) =>
    (row[column] = (row[column] as number) + value);
  // The difficulty of a sample, put in by what its models say of it.
  for (const sharers of bySample.values()) {
    const weight = (1 + RIDGE) * sharers.reduce((sum, { images }) => sum + images, 0);
    const mean = sharers.reduce((sum, { images, loss }) => sum + images * (loss - level), 0) / weight;
    for (const { modelId, images, loss } of sharers) {
      const own = rowOf.get(modelId) as number;
      const row = matrix[own] as Float64Array;
      add(row, own, images);
      add(row, size, images * (loss - level - mean));
      for (const other of sharers) {
        add(row, rowOf.get(other.modelId) as number, -(images * other.images) / weight);
      }
    }
  }
  const solution = solve(matrix);
  return new Map(models.map((modelId, row) => [modelId, level + (solution[row] as number)]));
}

/** Gaussian elimination of a positive definite system, in place; the last column is the right side. */
function solve(matrix: Float64Array[]): number[] {
  const size = matrix.length;
  for (let pivot = 0; pivot < size; pivot++) {
    const source = matrix[pivot] as Float64Array;
    for (let row = pivot + 1; row < size; row++) {
      const target = matrix[row] as Float64Array;
      const factor = (target[pivot] as number) / (source[pivot] as number);
      if (factor === 0) continue;
      for (let column = pivot; column <= size; column++) {
        target[column] = (target[column] as number) - factor * (source[column] as number);
      }
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    const source = matrix[row] as Float64Array;
    let rest = source[size] as number;
    for (let column = row + 1; column < size; column++)
      rest -= (source[column] as number) * (solution[column] as number);
    solution[row] = rest / (source[row] as number);
  }
  return solution;
}
