import type { TrainerOptions } from './trainer.js';

/** What rank 0 tells the others once: how to train. Paths are those of rank 0. */
export type SharedOptions = Omit<TrainerOptions, 'device' | 'group' | 'resume'>;

/** What it tells them from then on, made by native/training: `train`, `validate fp32` or `validate bf16`. */
export type Order = { call: 'train' } | { call: 'validate'; precision: 'fp32' | 'bf16' };

/** The options as text. Rows travel as base64 of their little-endian bytes. */
export function optionsText(options: SharedOptions): string {
  return JSON.stringify({
    ...options,
    trainIndices: rowsText(options.trainIndices),
    validationIndices: rowsText(options.validationIndices),
  });
}

/** The options of a text that `optionsText` made. The peer is trusted: rank 0 of the same version. */
export function optionsOf(text: string): SharedOptions {
  const options = JSON.parse(text) as Omit<SharedOptions, 'trainIndices' | 'validationIndices'> & {
    trainIndices: string;
    validationIndices: string;
  };
  return {
    ...options,
    trainIndices: rowsOf(options.trainIndices),
    validationIndices: rowsOf(options.validationIndices),
  };
}

/** The order of a text; nothing for one that is none. */
export function orderOf(text: string): Order | undefined {
  if (text === 'train') return { call: 'train' };
  if (text === 'validate fp32') return { call: 'validate', precision: 'fp32' };
  if (text === 'validate bf16') return { call: 'validate', precision: 'bf16' };
  return undefined;
}

function rowsText(rows: Uint32Array): string {
  return Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength).toString('base64');
}

function rowsOf(text: string): Uint32Array {
  // A copy, since a Buffer need not begin at a multiple of four bytes.
  return new Uint32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}
