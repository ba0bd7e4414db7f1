import { HealthTensorError } from '../common/errors.js';
import type { BlockState } from './block-state.js';
import { asBigInt, asBoolean, asNumber } from './json-shape.js';

/** A subnet's settings at one block. */
export interface Hyperparameters {
  readonly netuid: number;
  readonly block: number;
  /** Blocks from epoch to epoch. */
  readonly tempo: number;
  /** Weights are committed first and revealed later; plain set_weights is refused. */
  readonly commitRevealEnabled: boolean;
  /** Which kind of commit the chain takes; undefined where the runtime knows one kind only. */
  readonly commitRevealVersion: number | undefined;
  /** Epochs from a commit to its reveal. */
  readonly revealPeriodEpochs: number;
  /** Blocks between two weight settings of one uid. */
  readonly weightsRateLimit: number;
  /** 0 accepts every version; otherwise a setter's key must be at least this. */
  readonly weightsVersionKey: bigint;
  readonly minAllowedWeights: number;
  /** Of 65535; subtensor stores it and no longer enforces it. */
  readonly maxWeightsLimit: number;
  /** Blocks for which a new neuron cannot be replaced. */
  readonly immunityPeriod: number;
  readonly registrationAllowed: boolean;
  /** What registration costs now, in rao. */
  readonly burnRao: bigint;
  /** How many uids are taken. */
  readonly neurons: number;
}

/** @throws HealthTensorError SUBNET_MISSING when the chain has no such subnet. */
export async function readHyperparameters(state: BlockState, netuid: number): Promise<Hyperparameters> {
  const item = (name: string) => ['subtensorModule', name, netuid] as const;
  const [
    added,
    tempo,
    reveal,
    revealVersion,
    revealPeriod,
    rateLimit,
    versionKey,
    minAllowed,
    maxLimit,
    immunity,
    allowed,
    burn,
    neurons,
  ] = await state.values([
    item('networksAdded'),
    item('tempo'),
    item('commitRevealWeightsEnabled'),
    ['subtensorModule', 'commitRevealWeightsVersion'],
    item('revealPeriodEpochs'),
    item('weightsSetRateLimit'),
    item('weightsVersionKey'),
    item('minAllowedWeights'),
    item('maxWeightsLimit'),
    item('immunityPeriod'),
    item('networkRegistrationAllowed'),
    item('burn'),
    item('subnetworkN'),
  ]);
  if (added === false) throw missingSubnet(netuid);
  return {
    netuid,
    block: state.block.number,
    tempo: asNumber(tempo, 'Tempo'),
    // A runtime from before commit-reveal, or without the limits, does not have these items.
    commitRevealEnabled: asBoolean(reveal ?? false, 'CommitRevealWeightsEnabled'),
    commitRevealVersion:
      revealVersion === undefined ? undefined : asNumber(revealVersion, 'CommitRevealWeightsVersion'),
    revealPeriodEpochs: Math.max(1, asNumber(revealPeriod ?? 1, 'RevealPeriodEpochs')),
    weightsRateLimit: asNumber(rateLimit ?? 0, 'WeightsSetRateLimit'),
    weightsVersionKey: asBigInt(versionKey ?? 0, 'WeightsVersionKey'),
    minAllowedWeights: asNumber(minAllowed ?? 0, 'MinAllowedWeights'),
    maxWeightsLimit: asNumber(maxLimit ?? 65_535, 'MaxWeightsLimit'),
    immunityPeriod: asNumber(immunity ?? 0, 'ImmunityPeriod'),
    registrationAllowed: asBoolean(allowed ?? true, 'NetworkRegistrationAllowed'),
    burnRao: asBigInt(burn ?? 0, 'Burn'),
    neurons: asNumber(neurons, 'SubnetworkN'),
  };
}

export function missingSubnet(netuid: number): HealthTensorError {
  return new HealthTensorError('SUBNET_MISSING', `The chain has no subnet ${netuid}`, {
    remedy: 'Check --netuid and --subtensor.network.',
  });
}
