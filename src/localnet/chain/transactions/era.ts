import type { ByteReader } from '../codec/bytes.js';

/** How long a transaction may wait: for ever, or `period` blocks counted from a multiple of it plus `phase`. */
export type Era = { readonly period: number; readonly phase: number } | 'immortal';

/** Reads an era (sp_runtime::generic::Era): 0 is immortal, else two bytes with log2 of the period and the phase. */
export function readEra(reader: ByteReader): Era {
  const first = reader.byte();
  if (first === 0) return 'immortal';
  const encoded = first + (reader.byte() << 8);
  const period = 2 << (encoded % 16);
  const quantizeFactor = Math.max(period >> 12, 1);
  const phase = (encoded >> 4) * quantizeFactor;
  if (period < 4 || phase >= period) throw new RangeError(`the era ${encoded} is invalid`);
  return { period, phase };
}

/** The block whose hash the signer signed, as seen from `current`. */
export function eraBirth(era: Era, current: number): number {
  if (era === 'immortal') return 0;
  const { period, phase } = era;
  return Math.floor((Math.max(current, phase) - phase) / period) * period + phase;
}

/** The first block in which the transaction is no longer valid. */
export function eraDeath(era: Era, current: number): number {
  return era === 'immortal' ? Infinity : eraBirth(era, current) + era.period;
}
