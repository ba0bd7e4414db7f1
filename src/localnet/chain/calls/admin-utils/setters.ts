import type { AdminUtilsError } from '../../metadata/pallets/admin-utils.js';
import type { Hyperparameter } from '../../metadata/pallets/subnet-owner.js';
import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type StorageItem } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { Call, CallContext, EventPallet } from '../call.js';
import type { DispatchErrorName } from '../dispatch-error.js';
import { ownerSetter, rootOnly } from './owner-setter.js';

type Value = number | bigint | boolean;
type Arguments<Name extends string, Type> = { readonly netuid: number } & Readonly<Record<Name, Type>>;

/** min_burn stays below this, in rao (constant MinBurnUpperBound). */
const MIN_BURN_END = 1_000_000_000n;
/** max_burn stays above this, in rao (constant MaxBurnLowerBound). */
const MAX_BURN_START = 100_000_000n;
const MAX_BONDS_MOVING_AVERAGE = 975_000n;
const MAX_UIDS = 256;
const MAX_OWNER_IMMUNE = 10;
const MAX_REVEAL_PERIOD = 100n;
const MAX_BURN_HALF_LIFE = 36_100;

const admin = (name: AdminUtilsError): DispatchErrorName => ({ pallet: 'AdminUtils', name });
const subtensor = (name: SubtensorError): DispatchErrorName => ({ pallet: 'SubtensorModule', name });

/** What tells of a new value; undefined, nothing does. */
type Teller<Type> = ((context: CallContext, netuid: number, value: Type) => void) | undefined;

function tells<Type extends Value>(event: string, pallet: EventPallet = 'SubtensorModule'): Teller<Type> {
  return ({ deposit }, netuid, value) => deposit(pallet, event, [netuid, value]);
}

/** The setter of one hyperparameter: its argument's name, its storage item, what tells of it, its bounds. */
function hyperparameter<Name extends string, Type extends Value>(
  argument: Name,
  facts: {
    readonly limit: Hyperparameter;
    readonly item: StorageItem<[number], Type>;
    readonly tell: Teller<Type>;
    readonly error?: (storage: StorageReader, netuid: number, value: Type) => DispatchErrorName | undefined;
  },
): Call<Arguments<Name, Type>> {
  return ownerSetter<Arguments<Name, Type>>({
    action: { hyperparameter: facts.limit },
    error: (storage, args) => facts.error?.(storage, args.netuid, args[argument]),
    set(context, args) {
      const value = args[argument] as NonNullable<Type>;
      context.storage.set(facts.item, [args.netuid], value);
      facts.tell?.(context, args.netuid, value);
    },
  });
}

const versionKey = ownerSetter<{ netuid: number; weights_version_key: bigint }>({
  action: 'SetWeightsVersionKey',
  set({ storage, deposit }, { netuid, weights_version_key }) {
    storage.set(SubtensorItems.weightsVersionKey, [netuid], weights_version_key);
    deposit('SubtensorModule', 'WeightsVersionKeySet', [netuid, weights_version_key]);
  },
});

function maxUidsError(storage: StorageReader, netuid: number, max: number): DispatchErrorName | undefined {
  if (max < storage.get(SubtensorItems.minAllowedUids, netuid))
    return admin('MaxAllowedUidsLessThanMinAllowedUids');
  if (storage.get(SubtensorItems.subnetworkN, netuid) > max)
    return admin('MaxAllowedUIdsLessThanCurrentUIds');
  return max > MAX_UIDS ? admin('MaxAllowedUidsGreaterThanDefaultMaxAllowedUids') : undefined;
}

function revealPeriodError(period: bigint): DispatchErrorName | undefined {
  if (period > MAX_REVEAL_PERIOD) return subtensor('RevealPeriodTooLarge');
  return period < 1n ? subtensor('RevealPeriodTooSmall') : undefined;
}

/** The calls of AdminUtils that this chain knows: the owner's, then root's. */
export const ADMIN_UTILS_CALLS: Readonly<Record<string, Call<never>>> = {
  'AdminUtils.sudo_set_serving_rate_limit': hyperparameter('serving_rate_limit', {
    limit: 'ServingRateLimit',
    item: SubtensorItems.servingRateLimit,
    tell: tells('ServingRateLimitSet'),
  }),
  'AdminUtils.sudo_set_weights_version_key': versionKey,
  'AdminUtils.sudo_set_immunity_period': hyperparameter('immunity_period', {
    limit: 'ImmunityPeriod',
    item: SubtensorItems.immunityPeriod,
    tell: tells('ImmunityPeriodSet'),
  }),
  'AdminUtils.sudo_set_min_allowed_weights': hyperparameter('min_allowed_weights', {
    limit: 'MinAllowedWeights',
    item: SubtensorItems.minAllowedWeights,
    tell: tells('MinAllowedWeightSet'),
  }),
  'AdminUtils.sudo_set_max_allowed_uids': hyperparameter('max_allowed_uids', {
    limit: 'MaxAllowedUids',
    item: SubtensorItems.maxAllowedUids,
    tell: tells('MaxAllowedUidsSet'),
    error: maxUidsError,
  }),
  'AdminUtils.sudo_set_rho': hyperparameter('rho', {
    limit: 'Rho',
    item: SubtensorItems.rho,
    tell: undefined,
  }),
  'AdminUtils.sudo_set_min_burn': hyperparameter('min_burn', {
    limit: 'MinBurn',
    item: SubtensorItems.minBurn,
    tell: tells('MinBurnSet'),
    error: (storage, netuid, min) =>
      min >= MIN_BURN_END || min >= storage.get(SubtensorItems.maxBurn, netuid)
        ? admin('ValueNotInBounds')
        : undefined,
  }),
  'AdminUtils.sudo_set_max_burn': hyperparameter('max_burn', {
    limit: 'MaxBurn',
    item: SubtensorItems.maxBurn,
    tell: tells('MaxBurnSet'),
    error: (storage, netuid, max) =>
      max <= MAX_BURN_START || max <= storage.get(SubtensorItems.minBurn, netuid)
        ? admin('ValueNotInBounds')
        : undefined,
  }),
  'AdminUtils.sudo_set_bonds_moving_average': hyperparameter('bonds_moving_average', {
    limit: 'BondsMovingAverage',
    item: SubtensorItems.bondsMovingAverage,
    tell: tells('BondsMovingAverageSet'),
    error: (_storage, _netuid, average) =>
      average > MAX_BONDS_MOVING_AVERAGE ? admin('BondsMovingAverageMaxReached') : undefined,
  }),
  'AdminUtils.sudo_set_bonds_penalty': hyperparameter('bonds_penalty', {
    limit: 'BondsPenalty',
    item: SubtensorItems.bondsPenalty,
    tell: tells('BondsPenaltySet'),
  }),
  'AdminUtils.sudo_set_commit_reveal_weights_enabled': hyperparameter('enabled', {
    limit: 'CommitRevealEnabled',
    item: SubtensorItems.commitRevealEnabled,
    tell: tells('CommitRevealEnabled'),
  }),
  'AdminUtils.sudo_set_commit_reveal_weights_interval': hyperparameter('interval', {
    limit: 'WeightCommitInterval',
    item: SubtensorItems.revealPeriodEpochs,
    tell: tells('CommitRevealPeriodsSet'),
    error: (_storage, _netuid, period) => revealPeriodError(period),
  }),
  'AdminUtils.sudo_set_yuma3_enabled': hyperparameter('enabled', {
    limit: 'Yuma3Enabled',
    item: SubtensorItems.yuma3,
    tell: ({ deposit }, netuid, enabled) => deposit('AdminUtils', 'Yuma3EnableToggled', { netuid, enabled }),
  }),
  'AdminUtils.sudo_set_owner_immune_neuron_limit': hyperparameter('immune_neurons', {
    limit: 'ImmuneNeuronLimit',
    item: SubtensorItems.immuneOwnerUidsLimit,
    tell: undefined,
    error: (_storage, _netuid, limit) =>
      limit < 1 || limit > MAX_OWNER_IMMUNE ? subtensor('InvalidValue') : undefined,
  }),
  'AdminUtils.sudo_set_burn_half_life': hyperparameter('burn_half_life', {
    limit: 'BurnHalfLife',
    item: SubtensorItems.burnHalfLife,
    tell: ({ deposit }, netuid, burn_half_life) =>
      deposit('AdminUtils', 'BurnHalfLifeSet', { netuid, burn_half_life }),
    error: (_storage, _netuid, blocks) =>
      blocks < 1 || blocks > MAX_BURN_HALF_LIFE ? admin('InvalidValue') : undefined,
  }),
  'AdminUtils.sudo_set_weights_set_rate_limit': rootOnly,
  'AdminUtils.sudo_set_kappa': rootOnly,
  'AdminUtils.sudo_set_network_registration_allowed': rootOnly,
  'AdminUtils.sudo_set_max_allowed_validators': rootOnly,
  'AdminUtils.sudo_set_tempo': rootOnly,
  'AdminUtils.sudo_set_stake_threshold': rootOnly,
  'AdminUtils.sudo_set_commit_reveal_version': rootOnly,
  'AdminUtils.sudo_set_admin_freeze_window': rootOnly,
  'AdminUtils.sudo_set_min_non_immune_uids': rootOnly,
};
