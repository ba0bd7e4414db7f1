import type { BlockState } from './block-state.js';
import type { Hyperparameters } from './hyperparameters.js';
import { asArray, asBigInt, asNumber, asRecord } from './json-shape.js';
import { taoOf } from './neuron-fields.js';
import type { WeightRules } from './weight-preflight.js';

/** Number of the field in the runtime's SelectiveMetagraphIndex; see neurons-selective.ts. */
const TOTAL_STAKE = 69;

/** What the chain will check when this hotkey sets weights. */
export async function readWeightRules(
  state: BlockState,
  settings: Hyperparameters,
  hotkey: string,
): Promise<WeightRules> {
  const { netuid } = settings;
  const [registered, updates, permits, ownerHotkey, threshold] = await state.values([
    ['subtensorModule', 'uids', netuid, hotkey],
    ['subtensorModule', 'lastUpdate', netuid],
    ['subtensorModule', 'validatorPermit', netuid],
    ['subtensorModule', 'subnetOwnerHotkey', netuid],
    ['subtensorModule', 'stakeThreshold'],
  ]);
  const uid = registered === undefined ? undefined : asNumber(registered, 'a uid');
  const ofUid = (list: unknown, what: string) =>
    uid === undefined ? undefined : asArray(list ?? [], what)[uid];
  const stakeThreshold = asBigInt(threshold ?? 0, 'StakeThreshold');
  return {
    head: state.block.number,
    netuid,
    uid,
    isOwner: ownerHotkey === hotkey,
    hasPermit: ofUid(permits, 'ValidatorPermit') === true,
    stakeTao: stakeThreshold === 0n || uid === undefined ? undefined : await totalStake(state, netuid, uid),
    stakeThresholdTao: taoOf(stakeThreshold.toString()),
    lastUpdate: asNumber(ofUid(updates, 'LastUpdate') ?? 0, 'LastUpdate'),
    rateLimit: settings.weightsRateLimit,
    versionKey: settings.weightsVersionKey,
    minAllowed: settings.minAllowedWeights,
    neurons: settings.neurons,
    commitReveal: settings.commitRevealEnabled,
  };
}

/** What the chain holds against its threshold; undefined where the runtime does not tell it. */
async function totalStake(state: BlockState, netuid: number, uid: number): Promise<number | undefined> {
  const answer = await state.call('subnetInfoRuntimeApi', 'getSelectiveMetagraph', netuid, [TOTAL_STAKE]);
  if (answer === undefined || answer === null) return undefined;
  const stakes = asRecord(answer, 'the metagraph')['totalStake'];
  const stake = stakes === undefined || stakes === null ? undefined : asArray(stakes, 'totalStake')[uid];
  return stake === undefined ? undefined : taoOf(stake);
}
