import { HealthTensorError } from '../common/errors.js';
import type { BlockState } from './block-state.js';
import { readHyperparameters } from './hyperparameters.js';
import { asArray, asNumber } from './json-shape.js';
import type { WeightRules } from './weight-preflight.js';

/**
 * What the chain will check when this hotkey sets weights.
 * @throws HealthTensorError COMMIT_REVEAL_ON, SUBNET_MISSING
 */
export async function readWeightRules(
  state: BlockState,
  netuid: number,
  hotkey: string,
): Promise<WeightRules> {
  const settings = await readHyperparameters(state, netuid);
  if (settings.commitRevealEnabled) {
    throw new HealthTensorError(
      'COMMIT_REVEAL_ON',
      `Subnet ${netuid} has commit-reveal on, which is not supported yet: weights cannot be set`,
      {
        remedy:
          'Ask the owner of the subnet to turn commit-reveal off, or wait for a release that supports it.',
      },
    );
  }
  const [registered, updates] = await state.values([
    ['subtensorModule', 'uids', netuid, hotkey],
    ['subtensorModule', 'lastUpdate', netuid],
  ]);
  const uid = registered === undefined ? undefined : asNumber(registered, 'a uid');
  const lastUpdates = asArray(updates ?? [], 'LastUpdate');
  return {
    head: state.block.number,
    uid,
    lastUpdate: asNumber((uid === undefined ? undefined : lastUpdates[uid]) ?? 0, 'LastUpdate'),
    rateLimit: settings.weightsRateLimit,
    versionKey: settings.weightsVersionKey,
    minAllowed: settings.minAllowedWeights,
    neurons: settings.neurons,
  };
}
