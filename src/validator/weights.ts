import { normaliseWeights } from '../chain/index.js';
import { HealthTensorError, type Hotkey, type Uid } from '../common/index.js';

/**
 * Sent with the weights and compared with the subnet's minimum (WeightsVersionKey): above the original's last, 1066.
 * Raise it by one when scoring changes.
 */
export const WEIGHTS_VERSION_KEY = 2000;

const U16_MAX = 65_535;

/**
 * The u16 weights that scores stand for, in uid order. Hotkeys without a score weigh nothing. When the chain wants
 * more entries than there are scores, others are listed with weight zero, which counts towards the length.
 * @throws HealthTensorError NO_SCORES when there is nothing to pay: empty or even weights would pay strangers.
 */
export function weightsOf(o: {
  neurons: readonly { uid: Uid; hotkey: Hotkey }[];
  scores: ReadonlyMap<Hotkey, number>;
  minAllowedWeights: number;
  /** Largest share of the sum for one uid, of 65535. */
  maxWeightsLimit?: number;
}): { uids: number[]; values: number[] } {
  const byUid = [...o.neurons].sort((a, b) => a.uid - b.uid);
  const scored = byUid.map(({ uid, hotkey }) => ({ uid, score: o.scores.get(hotkey) ?? 0 }));
  if (!scored.some(({ score }) => score > 0)) {
    throw new HealthTensorError('NO_SCORES', 'No registered miner has a score yet: no weights are sent.');
  }
  const paid = scored.filter(({ score }) => score !== 0);
  // A limit that the paid ones alone cannot keep would level them, or pay strangers; today's chain does not enforce it.
  const keeps = paid.length * (o.maxWeightsLimit ?? U16_MAX) > U16_MAX;
  const limits = keeps && o.maxWeightsLimit !== undefined ? { maxWeightsLimit: o.maxWeightsLimit } : {};
  const { uids, values } = normaliseWeights(paid, limits);
  const weights = new Map(uids.map((uid, index) => [uid, values[index] as number]));
  for (const { uid } of byUid) {
    if (weights.size >= o.minAllowedWeights) break;
    if (!weights.has(uid)) weights.set(uid, 0);
  }
  const ordered = [...weights].sort(([a], [b]) => a - b);
  return { uids: ordered.map(([uid]) => uid), values: ordered.map(([, value]) => value) };
}
