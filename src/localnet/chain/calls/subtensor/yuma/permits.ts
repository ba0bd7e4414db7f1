import type { EpochNeuron, EpochSettings } from './neuron.js';

/** A stake that the epoch counts: none below the threshold, unless it is the owner's. */
export function countedStake(
  { stake, owner }: Pick<EpochNeuron, 'stake' | 'owner'>,
  stakeThreshold: bigint,
): bigint {
  return owner || stake >= stakeThreshold ? stake : 0n;
}

/**
 * Permits go to the `maxValidators` largest stakes that are above zero and reach the threshold, among equals to the
 * higher uid (subtensor is_topk_nonzero), and to the owner.
 */
export function validatorPermits(
  neurons: readonly Pick<EpochNeuron, 'stake' | 'owner'>[],
  { maxValidators, stakeThreshold }: Pick<EpochSettings, 'maxValidators' | 'stakeThreshold'>,
): boolean[] {
  const ranked = neurons
    .map((neuron, uid) => ({ stake: countedStake(neuron, stakeThreshold), uid }))
    .filter(({ stake }) => stake > 0n)
    .sort((a, b) => (a.stake === b.stake ? b.uid - a.uid : a.stake > b.stake ? -1 : 1))
    .slice(0, maxValidators);
  const chosen = new Set(ranked.map(({ uid }) => uid));
  return neurons.map(({ owner }, uid) => owner || chosen.has(uid));
}
