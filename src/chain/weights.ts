import { HealthTensorError } from '../common/errors.js';
import type { Uid } from '../common/identifiers.js';
import type { BlockState } from './block-state.js';
import { asArray, asNumber } from './json-shape.js';

const U16_MAX = 65_535;
/** Keeps the limit from being missed by a rounding error; the SDK's own. */
const ROUNDING = 1e-7;

export interface ChainWeights {
  readonly uids: number[];
  readonly values: number[];
}

/** What a subnet asks of a row of weights. */
export interface WeightLimits {
  /** Largest share of the sum that one uid may have, of 65535 (MaxWeightsLimit). */
  readonly maxWeightsLimit?: number;
  /** Least number of weights above zero. */
  readonly minAllowedWeights?: number;
  /** The setter's own uid: a single weight for it is free of both limits. */
  readonly ownUid?: number;
}

/**
 * Scores as the chain stores weights: the largest becomes 65535, the others in proportion, rounded half to even as
 * Python's `round` does, zeros dropped, order kept. Semantics of the Python SDK 11 (intents/weights.py), in float64; the
 * limit on a single weight, which the chain only stores today, is kept too. What SDK 10 made up out of thin air (equal
 * weights for everybody when there is no score) is an error here.
 * @throws HealthTensorError BAD_WEIGHTS for no scores, all zeros, a negative, NaN or infinite score, a uid given twice, or
 * fewer weights than the subnet wants.
 */
export function normaliseWeights(
  scores: readonly { uid: Uid; score: number }[],
  limits: WeightLimits = {},
): ChainWeights {
  checkScores(scores);
  const { maxWeightsLimit = U16_MAX, minAllowedWeights = 0, ownUid } = limits;
  const selfWeight = scores.length === 1 && scores[0]?.uid === ownUid;
  const top = scores.reduce((most, { score }) => Math.max(most, score), 0);
  const amounts = scores.map(({ score }) => score / top);
  const limited =
    selfWeight || maxWeightsLimit >= U16_MAX ? amounts : withinLimit(amounts, maxWeightsLimit / U16_MAX);
  const largest = limited.reduce((most, amount) => Math.max(most, amount), 0);
  const uids: number[] = [];
  const values: number[] = [];
  scores.forEach(({ uid }, index) => {
    const value = roundHalfToEven(((limited[index] ?? 0) / largest) * U16_MAX);
    if (value === 0) return;
    uids.push(uid);
    values.push(value);
  });
  if (!selfWeight && uids.length < minAllowedWeights) {
    throw refused(`the subnet wants at least ${minAllowedWeights} weights, ${uids.length} are above zero`);
  }
  return { uids, values };
}

function checkScores(scores: readonly { uid: Uid; score: number }[]): void {
  if (scores.length === 0) throw refused('there are no scores');
  const seen = new Set<number>();
  for (const { uid, score } of scores) {
    if (!Number.isInteger(uid) || uid < 0 || uid > U16_MAX)
      throw refused(`uid ${uid} is not a whole number of 16 bits`);
    if (seen.has(uid)) throw refused(`uid ${uid} is given twice`);
    if (!Number.isFinite(score) || score < 0) {
      throw refused(`the score of uid ${uid} is ${score}, expected a finite number >= 0`);
    }
    seen.add(uid);
  }
  if (scores.every(({ score }) => score === 0)) throw refused('every score is zero');
}

/**
 * Amounts of which none has more than `limit` of the sum: those above a cutoff are cut down to it, and the cutoff is where
 * the largest then has just the limit. Equal amounts when even those exceed it.
 */
function withinLimit(amounts: readonly number[], limit: number): number[] {
  const { length } = amounts;
  if (length * limit <= 1) return amounts.map(() => 1);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const rising = amounts.map((amount) => amount / total).sort((a, b) => a - b);
  if ((rising.at(-1) ?? 0) <= limit) return [...amounts];
  // The `kept` smallest stay as they are; the rest is cut to c with c / (kept sum + rest x c) = limit.
  let sum = 0;
  let kept = 0;
  let keptSum = 0;
  rising.forEach((share, index) => {
    sum += share;
    if (share / ((length - index - 1) * share + sum + ROUNDING) >= limit) return;
    kept = index + 1;
    keptSum = sum;
  });
  const cutoff = ((limit * keptSum - ROUNDING) / (1 - limit * (length - kept))) * total;
  // With too few amounts above zero for the limit nothing is left to keep: the SDK then pays everybody the same.
  return cutoff <= 0 ? amounts.map(() => 1) : amounts.map((amount) => Math.min(amount, cutoff));
}

/** The weights that `uid` has set, as the chain stores them: [uid, value of 65535]. */
export async function readWeights(
  state: BlockState,
  netuid: number,
  uid: number,
): Promise<[uid: number, value: number][]> {
  const row = await state.value('subtensorModule', 'weights', netuid, uid);
  return asArray(row ?? [], 'weights').map((pair) => {
    const [to, value] = asArray(pair, 'a weight');
    return [asNumber(to, 'a uid'), asNumber(value, 'a weight')];
  });
}

/** Whether a row of the chain is what was sent. A weight of zero counts as none. */
export function sameWeights(
  row: readonly (readonly [uid: number, value: number])[],
  sent: { readonly uids: readonly number[]; readonly values: readonly number[] },
): boolean {
  const present = (pairs: readonly (readonly [number, number])[]) => pairs.filter(([, value]) => value > 0);
  const stored = new Map(present(row));
  const wanted = present(sent.uids.map((uid, index) => [uid, sent.values[index] ?? 0]));
  return stored.size === wanted.length && wanted.every(([uid, value]) => stored.get(uid) === value);
}

/** Rounds a number >= 0 to the nearest whole number, halves to the even neighbour. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function refused(reason: string): HealthTensorError {
  return new HealthTensorError('BAD_WEIGHTS', `Weights cannot be made: ${reason}`, {
    remedy: 'Keep the weights that are on chain and look at the scores of the last round.',
  });
}
