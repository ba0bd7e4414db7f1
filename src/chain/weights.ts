import { HealthTensorError } from '../common/errors.js';
import type { Uid } from '../common/identifiers.js';

const U16_MAX = 65_535;

export interface ChainWeights {
  readonly uids: number[];
  readonly values: number[];
}

/**
 * Scores as the chain stores weights: the largest becomes 65535, the others in proportion, rounded half to even as
 * Python's `round` does, zeros dropped, order kept. Semantics of the Python SDK 11 (intents/weights.py), in float64.
 * What SDK 10 made up out of thin air (equal weights for everybody when there is no score) is an error here.
 * @throws HealthTensorError BAD_WEIGHTS for no scores, all zeros, a negative, NaN or infinite score, or a uid given twice.
 */
export function normaliseWeights(scores: readonly { uid: Uid; score: number }[]): ChainWeights {
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
  const largest = scores.reduce((most, { score }) => Math.max(most, score), 0);
  if (largest === 0) throw refused('every score is zero');
  const uids: number[] = [];
  const values: number[] = [];
  for (const { uid, score } of scores) {
    const value = roundHalfToEven((score / largest) * U16_MAX);
    if (value === 0) continue;
    uids.push(uid);
    values.push(value);
  }
  return { uids, values };
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
