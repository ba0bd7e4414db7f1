import type { SparseRow } from './neuron.js';

export const U16_MAX = 65_535;
/** Lets a share that is exact on paper survive the rounding down of floating-point numbers. */
const ROUNDING = 1e-9;

/** One row for each neuron, one column for each neuron. */
export type Matrix = readonly (readonly number[])[];

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Scales to a sum of one; all zeros stay zeros. */
export function normalised(values: readonly number[]): number[] {
  const total = sum(values);
  return values.map((value) => (total === 0 ? 0 : value / total));
}

/** A share as the u16 that the chain stores, rounded down. */
export function toU16(share: number): number {
  return Math.min(U16_MAX, Math.floor(share * U16_MAX + ROUNDING));
}

export function map(matrix: Matrix, change: (value: number, row: number, column: number) => number): Matrix {
  return matrix.map((values, row) => values.map((value, column) => change(value, row, column)));
}

/** What `gather` makes of each column, for instance its sum. */
export function columns(matrix: Matrix, gather: (values: readonly number[]) => number): number[] {
  return matrix.map((_, column) => gather(matrix.map((row) => row[column] ?? 0)));
}

/** Each column divided by what `gather` makes of it; columns for which that is 0 stay as they are. */
export function scaledColumns(matrix: Matrix, gather: (values: readonly number[]) => number): Matrix {
  const scales = columns(matrix, gather);
  return map(matrix, (value, _row, column) => {
    const scale = scales[column] ?? 0;
    return scale === 0 ? value : value / scale;
  });
}

/** A stored row written out, one entry for each of `length` neurons. */
export function dense(row: SparseRow, length: number): number[] {
  const values = new Array<number>(length).fill(0);
  for (const [uid, value] of row) if (uid < length) values[uid] = value;
  return values;
}

/** The entries of a row that are not zero once they are u16. */
export function sparse(row: readonly number[]): SparseRow {
  return row.map((value, uid) => [uid, toU16(value)] as const).filter(([, value]) => value > 0);
}
