import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { Call, CallContext, CheckContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { customErrorCode } from './custom-error.js';
import { ROOT_NETUID, stakeOf } from './stake.js';

interface SetWeights {
  readonly netuid: number;
  readonly dests: readonly number[];
  readonly weights: readonly number[];
  readonly version_key: bigint;
}
interface SetMechanismWeights extends SetWeights {
  readonly mecid: number;
}

/** All that the rules for setting weights look at. */
export interface WeightFacts {
  readonly netuid: number;
  readonly commitReveal: boolean;
  readonly mechanismExists: boolean;
  readonly neurons: number;
  /** The signer's uid; undefined when it has none on the subnet. */
  readonly uid: number | undefined;
  readonly enoughStake: boolean;
  readonly chainVersionKey: bigint;
  readonly versionKey: bigint;
  readonly withinRateLimit: boolean;
  readonly permit: boolean;
  readonly minAllowedWeights: number;
  readonly dests: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The first rule that setting weights breaks, in the order of subtensor's internal_set_weights. The largest weight
 * is not limited: get_max_weight_limit is a constant since spec 425 and before.
 */
export function setWeightsError(facts: WeightFacts): SubtensorError | undefined {
  const { dests, weights, neurons, uid } = facts;
  if (facts.commitReveal) return 'CommitRevealEnabled';
  if (facts.netuid === ROOT_NETUID) return 'CanNotSetRootNetworkWeights';
  if (dests.length !== weights.length) return 'WeightVecNotEqualSize';
  if (!facts.mechanismExists) return 'MechanismDoesNotExist';
  if (dests.length > neurons) return 'UidsLengthExceedUidsInSubNet';
  if (uid === undefined) return 'HotKeyNotRegisteredInSubNet';
  if (!facts.enoughStake) return 'NotEnoughStakeToSetWeights';
  if (facts.chainVersionKey !== 0n && facts.versionKey < facts.chainVersionKey)
    return 'IncorrectWeightVersionKey';
  if (!facts.withinRateLimit) return 'SettingWeightsTooFast';
  const selfWeight = dests.length === 1 && dests[0] === uid;
  if (!selfWeight && !facts.permit) return 'NeuronNoValidatorPermit';
  if (new Set(dests).size !== dests.length) return 'DuplicateUids';
  if (dests.some((dest) => dest >= neurons)) return 'UidVecContainInvalidOne';
  if (!selfWeight && dests.length < Math.min(facts.minAllowedWeights, neurons)) return 'WeightVecLengthIsLow';
  return undefined;
}

/** Scales so that the largest is 65535, rounding down; zeros stay (subtensor vec_u16_max_upscale_to_u16). */
export function maxUpscale(weights: readonly number[]): number[] {
  const largest = Math.max(0, ...weights);
  return largest === 0 ? [...weights] : weights.map((weight) => Math.floor((weight * 65_535) / largest));
}

/** Blocks since the uid's last update reach the subnet's limit; a uid that never updated passes. */
export function passesRateLimit(lastUpdate: bigint, limit: bigint, block: number): boolean {
  return lastUpdate === 0n || BigInt(block) - lastUpdate >= limit;
}

function enoughStake(storage: StorageReader, hotkey: Account, netuid: number): boolean {
  // The owner's own neuron may set weights whatever it holds.
  if (storage.get(SubtensorItems.subnetOwnerHotkey, netuid) === hotkey) return true;
  return stakeOf(storage, hotkey, netuid).total >= storage.get(SubtensorItems.stakeThreshold);
}

function withinRateLimit(storage: StorageReader, netuid: number, uid: number, block: number): boolean {
  const last = storage.get(SubtensorItems.lastUpdate, netuid)[uid] ?? 0n;
  return passesRateLimit(last, storage.get(SubtensorItems.weightsSetRateLimit, netuid), block);
}

/** What the pool refuses at once: too little stake, then too soon (subtensor guards check_weights, check_rate_limits). */
function poolCheck({ storage, block }: CheckContext, hotkey: Account, netuid: number): number | undefined {
  if (!enoughStake(storage, hotkey, netuid)) return customErrorCode('NotEnoughStakeToSetWeights');
  const uid = storage.get(SubtensorItems.uids, netuid, hotkey);
  const tooFast =
    uid !== undefined &&
    !storage.get(SubtensorItems.commitRevealEnabled, netuid) &&
    !withinRateLimit(storage, netuid, uid, block);
  return tooFast ? customErrorCode('SettingWeightsTooFast') : undefined;
}

function dispatch(
  { storage, block, deposit }: CallContext,
  hotkey: Account,
  args: SetMechanismWeights,
): void {
  const { netuid, mecid, dests, weights, version_key } = args;
  const uid = storage.get(SubtensorItems.uids, netuid, hotkey);
  ensureSubtensor(
    setWeightsError({
      netuid,
      commitReveal: storage.get(SubtensorItems.commitRevealEnabled, netuid),
      mechanismExists:
        storage.get(SubtensorItems.networksAdded, netuid) &&
        mecid < storage.get(SubtensorItems.mechanismCount, netuid),
      neurons: storage.get(SubtensorItems.subnetworkN, netuid),
      uid,
      enoughStake: enoughStake(storage, hotkey, netuid),
      chainVersionKey: storage.get(SubtensorItems.weightsVersionKey, netuid),
      versionKey: version_key,
      withinRateLimit: uid === undefined || withinRateLimit(storage, netuid, uid, block),
      permit: uid !== undefined && storage.get(SubtensorItems.validatorPermit, netuid)[uid] === true,
      minAllowedWeights: storage.get(SubtensorItems.minAllowedWeights, netuid),
      dests,
      weights,
    }),
  );
  if (uid === undefined) return;
  const row = maxUpscale(weights).map((weight, i) => [dests[i] ?? 0, weight] as const);
  storage.set(SubtensorItems.weights, [netuid, uid], row);
  const updates = [...storage.get(SubtensorItems.lastUpdate, netuid)];
  updates[uid] = BigInt(block);
  storage.set(SubtensorItems.lastUpdate, [netuid], updates);
  deposit('SubtensorModule', 'WeightsSet', [netuid, uid]);
}

export const setWeights: Call<SetWeights> = {
  class: 'Normal',
  pays: false,
  check: (context, signer, { netuid }) => poolCheck(context, signer, netuid),
  dispatch: (context, signer, args) => dispatch(context, signer, { ...args, mecid: 0 }),
};

export const setMechanismWeights: Call<SetMechanismWeights> = {
  class: 'Normal',
  pays: false,
  check: (context, signer, { netuid }) => poolCheck(context, signer, netuid),
  dispatch,
};
