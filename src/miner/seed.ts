import { createHash } from 'node:crypto';
import type { Hotkey } from '../common/index.js';

/**
 * The seed of a miner that names none: one of the hotkey's own. With one and the same default two honest miners of the same
 * architecture would train the same model from the same images, and the later one would hold a copy.
 */
export function seedOf(hotkey: Hotkey): number {
  return createHash('sha256').update(hotkey).digest().readUInt32LE() >>> 1;
}
