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
 */
export function adjustedLosses(losses: readonly SampleLoss[]): Map<string, number> {
  const samples = [...new Set(losses.map(({ sample }) => sample))].sort();
  const columnOf = new Map(samples.map((sample, column) => [sample, column]));
  const byModel = new Map<string, SampleLoss[]>();
  for (const one of losses) byModel.set(one.modelId, [...(byModel.get(one.modelId) ?? []), one]);
  const size = samples.length;
  const matrix = samples.map(() => new Float64Array(size + 1));
  for (const own of byModel.values()) {
    const weight = own.reduce((sum, { images }) => sum + images, 0);
    const mean = own.reduce((sum, { images, loss }) => sum + images * loss, 0) / weight;
    for (const { sample, images, loss } of own) {
      const row = matrix[columnOf.get(sample) as number] as Float64Array;
      for (const other of own) {
        const column = columnOf.get(other.sample) as number;
        row[column] = (row[column] as number) - (images * other.images) / weight;
      }
      const diagonal = columnOf.get(sample) as number;
      row[diagonal] = (row[diagonal] as number) + images * (1 + RIDGE);
      row[size] = (row[size] as number) + images * (loss - mean);
    }
  }
  const difficulty = solve(matrix);
  return new Map(
    [...byModel].map(([modelId, own]) => {
      const weight = own.reduce((sum, { images }) => sum + images, 0);
      const sum = own.reduce(
        (total, { sample, images, loss }) =>
          total + images * (loss - (difficulty[columnOf.get(sample) as number] as number)),
        0,
      );
      return [modelId, sum / weight];
    }),
  );
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
