import type { EpochNeuron } from './neuron.js';
import { dense, normalised, type Matrix } from './shares.js';

/** Whether what `from` says about `target` counts in an epoch. */
function counts(from: EpochNeuron, target: EpochNeuron): boolean {
  if (!from.permit && !from.owner) return false;
  // Nobody is judged by oneself, but the owner's weight for itself takes incentive out of the game.
  if (from === target && !from.owner) return false;
  // The uid changed hands since the weights were set, or since those were committed that are still to be revealed.
  if (target.registeredAt >= from.lastUpdate) return false;
  return from.pendingCommit === undefined || target.registeredAt <= from.pendingCommit;
}

/** The weights that count, each validator's as shares of its own row. */
export function countedWeights(neurons: readonly EpochNeuron[]): Matrix {
  return neurons.map((from) =>
    normalised(
      dense(from.weights, neurons.length).map((weight, uid) => {
        const target = neurons[uid];
        return target !== undefined && counts(from, target) ? weight : 0;
      }),
    ),
  );
}

/**
 * The stake-weighted median of what validators say about one neuron: the least value that validators with more than
 * 1 - `kappa` of the stake do not exceed (subtensor weighted_median). `stake` are shares; those without do not count.
 */
export function stakeMedian(stake: readonly number[], values: readonly number[], kappa: number): number {
  const total = stake.reduce((all, share) => all + share, 0);
  const sorted = values
    .map((value, i) => ({ value, stake: stake[i] ?? 0 }))
    .filter((one) => one.stake > 0)
    .sort((a, b) => a.value - b.value);
  let reached = 0;
  for (const one of sorted) {
    reached += one.stake / total;
    if (reached > 1 - kappa) return one.value;
  }
  return sorted.at(-1)?.value ?? 0;
}
