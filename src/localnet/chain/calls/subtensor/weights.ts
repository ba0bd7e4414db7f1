import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account } from '../../state/items.js';
import type { Storage, StorageReader } from '../../state/storage.js';
import type { Call, CallContext, CheckContext } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { customErrorCode } from './custom-error.js';
import { ROOT_NETUID, stakeOf } from './stake.js';

/** Subnets there may be at most: the step between the storage indices of mechanisms. */
const MAX_SUBNETS = 4096;

interface SetWeights {
  readonly netuid: number;
  readonly dests: readonly number[];
  readonly weights: readonly number[];
  readonly version_key: bigint;
}
/** A row of weights for one mechanism of a subnet. */
export interface SetMechanismWeights extends SetWeights {
  readonly mecid: number;
}

/** All that the rules for setting weights look at. */
export interface WeightFacts {
  readonly netuid: number;
  readonly mechanismExists: boolean;
  readonly neurons: number;
  /** The signer's uid; undefined when it has none on the subnet. */
  readonly uid: number | undefined;
  readonly enoughStake: boolean;
  readonly chainVersionKey: bigint;
  readonly versionKey: bigint;
  readonly withinRateLimit: boolean;
  /** A validator's permit, or the place of the subnet's owner. */
  readonly permit: boolean;
  readonly minAllowedWeights: number;
  readonly dests: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The first rule that weights break, in the order of subtensor's internal_set_weights. The largest weight is not
 * limited: get_max_weight_limit is a constant.
 */
export function setWeightsError(facts: WeightFacts): SubtensorError | undefined {
  const { dests, weights, neurons, uid } = facts;
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

const U16_MAX = 65_535n;
/** From here on the chain divides first, which rounds a half down instead of up. */
const DIVIDE_FIRST_ABOVE = 32_768n;
const FRACTION_BITS = 32n;
const HALF = 1n << (FRACTION_BITS - 1n);

/**
 * Scales so that the largest is 65535, to the nearest; zeros stay (subtensor vec_u16_max_upscale_to_u16, in the chain's
 * fixed-point numbers with 32 bits behind the point).
 */
export function maxUpscale(weights: readonly number[]): number[] {
  const largest = BigInt(Math.max(0, ...weights));
  if (largest === 0n) return [...weights];
  const scaled =
    largest > DIVIDE_FIRST_ABOVE
      ? (weight: bigint) => weight * ((U16_MAX << FRACTION_BITS) / largest)
      : (weight: bigint) => ((weight * U16_MAX) << FRACTION_BITS) / largest;
  return weights.map((weight) => Number((scaled(BigInt(weight)) + HALF) >> FRACTION_BITS));
}

/** Blocks since the uid's last update reach the subnet's limit; a uid that never updated passes. */
export function passesRateLimit(lastUpdate: bigint, limit: bigint, block: number): boolean {
  return lastUpdate === 0n || BigInt(block) - lastUpdate >= limit;
}

/** Whether the hotkey is that of the subnet's owner, and registered there. */
function isOwner(storage: StorageReader, hotkey: Account, netuid: number): boolean {
  return (
    storage.get(SubtensorItems.subnetOwnerHotkey, netuid) === hotkey &&
    storage.get(SubtensorItems.uids, netuid, hotkey) !== undefined
  );
}

/** Whether a hotkey's stake lets it set or commit weights; the owner's neuron may whatever it holds. */
export function enoughStake(storage: StorageReader, hotkey: Account, netuid: number): boolean {
  if (isOwner(storage, hotkey, netuid)) return true;
  return stakeOf(storage, hotkey, netuid).total >= storage.get(SubtensorItems.stakeThreshold);
}

/** Whether a subnet has the mechanism; 0 is the one that every subnet has. */
export function mechanismExists(storage: StorageReader, netuid: number, mecid: number): boolean {
  return (
    storage.get(SubtensorItems.networksAdded, netuid) &&
    mecid < storage.get(SubtensorItems.mechanismCount, netuid)
  );
}

/** Where a mechanism's weights are kept: NetUidStorageIndex; the netuid itself for mechanism 0. */
export function mechanismIndex(netuid: number, mecid: number): number {
  return Math.min(0xffff, mecid * MAX_SUBNETS + netuid);
}

/** Whether a uid may set or commit weights again (subtensor check_rate_limit); never for what does not exist. */
export function withinRateLimit(
  storage: StorageReader,
  { netuid, mecid, uid, block }: { netuid: number; mecid: number; uid: number; block: number },
): boolean {
  if (!mechanismExists(storage, netuid, mecid)) return false;
  const last = storage.get(SubtensorItems.lastUpdate, mechanismIndex(netuid, mecid))[uid] ?? 0n;
  return passesRateLimit(last, storage.get(SubtensorItems.weightsSetRateLimit, netuid), block);
}

/** Notes that a uid set or committed weights. */
export function touchLastUpdate(storage: Storage, index: number, uid: number, block: number): void {
  const updates = [...storage.get(SubtensorItems.lastUpdate, index)];
  updates[uid] = BigInt(block);
  storage.set(SubtensorItems.lastUpdate, [index], updates);
}

/** The pool checks the stake, and the rate limit unless commit-reveal will refuse the call anyway. */
function poolCheck(
  { storage, block }: CheckContext,
  hotkey: Account,
  netuid: number,
  mecid: number,
): number | undefined {
  if (!enoughStake(storage, hotkey, netuid)) return customErrorCode('NotEnoughStakeToSetWeights');
  const uid = storage.get(SubtensorItems.uids, netuid, hotkey);
  const tooFast =
    uid !== undefined &&
    !storage.get(SubtensorItems.commitRevealEnabled, netuid) &&
    !withinRateLimit(storage, { netuid, mecid, uid, block });
  return tooFast ? customErrorCode('SettingWeightsTooFast') : undefined;
}

/**
 * Writes a row of weights (subtensor internal_set_weights), set by its hotkey or revealed from its commit: on a subnet
 * with commit-reveal the rate limit and the time of the last update belong to the commit. Throws DispatchFailure.
 */
export function applyWeights(
  { storage, block, deposit }: CallContext,
  hotkey: Account,
  { netuid, mecid, dests, weights, version_key }: SetMechanismWeights,
): void {
  const uid = storage.get(SubtensorItems.uids, netuid, hotkey);
  const committed = storage.get(SubtensorItems.commitRevealEnabled, netuid);
  const permits = storage.get(SubtensorItems.validatorPermit, netuid);
  ensureSubtensor(
    setWeightsError({
      netuid,
      mechanismExists: mechanismExists(storage, netuid, mecid),
      neurons: storage.get(SubtensorItems.subnetworkN, netuid),
      uid,
      enoughStake: enoughStake(storage, hotkey, netuid),
      chainVersionKey: storage.get(SubtensorItems.weightsVersionKey, netuid),
      versionKey: version_key,
      withinRateLimit:
        committed || uid === undefined || withinRateLimit(storage, { netuid, mecid, uid, block }),
      permit: uid !== undefined && (permits[uid] === true || isOwner(storage, hotkey, netuid)),
      minAllowedWeights: storage.get(SubtensorItems.minAllowedWeights, netuid),
      dests,
      weights,
    }),
  );
  if (uid === undefined) return;
  const index = mechanismIndex(netuid, mecid);
  const row = maxUpscale(weights).map((weight, i) => [dests[i] ?? 0, weight] as const);
  storage.set(SubtensorItems.weights, [index, uid], row);
  if (!committed) touchLastUpdate(storage, index, uid, block);
  deposit('SubtensorModule', 'WeightsSet', [index, uid]);
}

function dispatch(context: CallContext, hotkey: Account, args: SetMechanismWeights): void {
  const committed = context.storage.get(SubtensorItems.commitRevealEnabled, args.netuid);
  ensureSubtensor(committed ? 'CommitRevealEnabled' : undefined);
  applyWeights(context, hotkey, args);
}

export const setWeights: Call<SetWeights> = {
  class: 'Normal',
  pays: false,
  check: (context, signer, { netuid }) => poolCheck(context, signer, netuid, 0),
  dispatch: (context, signer, args) => dispatch(context, signer, { ...args, mecid: 0 }),
};

export const setMechanismWeights: Call<SetMechanismWeights> = {
  class: 'Normal',
  pays: false,
  check: (context, signer, { netuid, mecid }) => poolCheck(context, signer, netuid, mecid),
  dispatch,
};
