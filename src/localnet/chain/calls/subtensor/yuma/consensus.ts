import { updateBonds } from './bonds.js';
import type { EpochNeuron, EpochResult, EpochSettings } from './neuron.js';
import { countedStake, validatorPermits } from './permits.js';
import { columns, map, normalised, sparse, sum, toU16, type Matrix } from './shares.js';
import { countedWeights, stakeMedian } from './weights.js';

/**
 * Yuma consensus for one epoch (subtensor epoch_mechanism, in floating-point numbers: a u16 may differ by one from the
 * chain's fixed-point). Weights above the stake-weighted median are clipped to it; miners earn by the clipped weights,
 * each counted by its validator's stake; validators earn through their bonds. Only active validators with a permit and
 * enough stake count.
 */
export function yumaConsensus(neurons: readonly EpochNeuron[], settings: EpochSettings): EpochResult {
  const { block, activityCutoff, stakeThreshold, kappa, bondsPenalty } = settings;
  const active = neurons.map(({ lastUpdate }) => lastUpdate + BigInt(activityCutoff) >= BigInt(block));
  const stake = normalised(neurons.map((neuron) => Number(countedStake(neuron, stakeThreshold))));
  const activeStake = normalised(
    neurons.map(({ permit, owner }, uid) =>
      (permit || owner) && active[uid] === true ? (stake[uid] ?? 0) : 0,
    ),
  );
  const weights = countedWeights(neurons);
  const consensus = columns(weights, (values) => stakeMedian(activeStake, values, kappa));
  const clipped: Matrix = map(weights, (weight, _row, uid) => Math.min(weight, consensus[uid] ?? 0));
  const incentive = normalised(
    columns(clipped, (values) => sum(values.map((weight, uid) => weight * (activeStake[uid] ?? 0)))),
  );
  const backing = map(weights, (weight, row, uid) => {
    const cut = weight - (clipped[row]?.[uid] ?? 0);
    return weight - bondsPenalty * cut;
  });
  const { kept, dividends } = updateBonds(neurons, { backing, activeStake, incentive }, settings);
  const permits = validatorPermits(neurons, settings);
  return {
    active,
    permits,
    stakeWeight: stake.map(toU16),
    incentive: incentive.map(toU16),
    consensus: consensus.map(toU16),
    dividends: dividends.map(toU16),
    validatorTrust: clipped.map((row) => toU16(sum(row))),
    emission: emissions(incentive, dividends, { stake, activeStake, emission: settings.emission }),
    bonds: kept.map((row, uid) => (permits[uid] === true ? sparse(row) : [])),
  };
}

/** Half of the emission by incentive, half by dividends; while nobody earns anything, all of it by stake. */
function emissions(
  incentive: readonly number[],
  dividends: readonly number[],
  facts: { stake: readonly number[]; activeStake: readonly number[]; emission: bigint },
): bigint[] {
  const { stake, activeStake, emission } = facts;
  const combined = normalised(incentive.map((share, uid) => share + (dividends[uid] ?? 0)));
  const byStake = sum(activeStake) === 0 ? stake : activeStake;
  const shares = sum(combined) === 0 ? byStake : combined;
  return shares.map((share) => BigInt(Math.floor(share * Number(emission))));
}
