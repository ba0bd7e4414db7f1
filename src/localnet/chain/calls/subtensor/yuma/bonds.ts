import type { EpochNeuron, EpochSettings } from './neuron.js';
import { dense, map, normalised, scaledColumns, sum, U16_MAX, type Matrix } from './shares.js';

type BondSettings = Pick<EpochSettings, 'bondsMovingAverage' | 'yuma3' | 'bondsSince'>;

export interface Bonds {
  /** What is kept for the next epoch, shares of one. */
  readonly kept: Matrix;
  /** What each validator earns, shares of one. */
  readonly dividends: number[];
}

function oldBonds(neurons: readonly EpochNeuron[], bondsSince: bigint): Matrix {
  return neurons.map((neuron) =>
    dense(neuron.bonds, neurons.length).map((bond, uid) =>
      (neurons[uid]?.registeredAt ?? 0n) < bondsSince ? bond / U16_MAX : 0,
    ),
  );
}

function movingAverage(fresh: Matrix, old: Matrix, kept: number): Matrix {
  return map(fresh, (value, row, column) => (1 - kept) * value + kept * (old[row]?.[column] ?? 0));
}

/** For each validator, its bonds times what the bonded neurons earn. */
function earned(bonds: Matrix, incentive: readonly number[]): number[] {
  return bonds.map((row) => sum(row.map((bond, uid) => bond * (incentive[uid] ?? 0))));
}

/**
 * Bonds are a moving average of what validators back; a validator earns dividends through the incentive of those it is
 * bonded to. In Yuma 3 a bond follows the weight, and stake multiplies the dividends; before, a bond is the validator's
 * share, by stake, of all that back the neuron.
 */
export function updateBonds(
  neurons: readonly EpochNeuron[],
  facts: { backing: Matrix; activeStake: readonly number[]; incentive: readonly number[] },
  settings: BondSettings,
): Bonds {
  const { backing, activeStake, incentive } = facts;
  const old = oldBonds(neurons, settings.bondsSince);
  if (settings.yuma3) {
    const kept = movingAverage(backing, old, settings.bondsMovingAverage);
    const shares = earned(scaledColumns(kept, sum), incentive);
    return { kept, dividends: normalised(shares.map((share, uid) => share * (activeStake[uid] ?? 0))) };
  }
  const byStake = map(backing, (weight, row) => weight * (activeStake[row] ?? 0));
  const average = movingAverage(
    scaledColumns(byStake, sum),
    scaledColumns(old, sum),
    settings.bondsMovingAverage,
  );
  const bonds = scaledColumns(average, sum);
  return {
    kept: scaledColumns(bonds, (values) => Math.max(...values)),
    dividends: normalised(earned(bonds, incentive)),
  };
}
