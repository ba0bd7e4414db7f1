import type {
  EpochNeuron,
  EpochSettings,
  SparseRow,
} from '../../../../../src/localnet/chain/calls/subtensor/yuma/neuron.js';

/** An epoch at block 100 with the chain's own defaults, two validators at most. */
export const SETTINGS: EpochSettings = {
  block: 100,
  activityCutoff: 50,
  maxValidators: 8,
  stakeThreshold: 0n,
  emission: 1_000_000n,
  kappa: 32_767 / 65_535,
  bondsMovingAverage: 0.9,
  bondsPenalty: 1,
  yuma3: true,
  bondsSince: 80n,
};

/** A miner that registered long ago. */
export function neuron(changes: Partial<EpochNeuron> = {}): EpochNeuron {
  return {
    stake: 0n,
    lastUpdate: 90n,
    registeredAt: 1n,
    permit: false,
    owner: false,
    weights: [],
    bonds: [],
    ...changes,
  };
}

/** A validator that set its weights ten blocks ago. */
export function validator(
  stake: bigint,
  weights: SparseRow,
  changes: Partial<EpochNeuron> = {},
): EpochNeuron {
  return neuron({ stake, weights, permit: true, ...changes });
}
