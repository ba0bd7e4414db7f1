import { map, value, type StorageDescription } from '../pallet-description.js';
import type { TypeDefinition, VariantTable } from '../type-table.js';

/** What SubtensorModule keeps and offers for the owners of subnets: creating, starting and tuning one. */
export const SUBNET_OWNER_STORAGE: Readonly<Record<string, StorageDescription>> = {
  AdminFreezeWindow: value('u16', 10),
  OwnerHyperparamRateLimit: value('u16', 2),
  WeightsVersionKeyRateLimit: value('u64', 5),
  LastRateLimitedBlock: map('Identity RateLimitKey', 'u64'),
  TransactionKeyLastBlock: map('Blake2_128Concat T::AccountId, Identity NetUid, Identity u16', 'u64'),
  SubnetLimit: value('u16', 128),
  NetworkRegistrationStartBlock: value('u64'),
  NetworkRateLimit: value('u64', 7200),
  NetworkMinLockCost: value('TaoBalance', 1_000_000_000_000),
  NetworkLastLockCost: value('TaoBalance', 1_000_000_000_000),
  NetworkLockReductionInterval: value('u64', 100_800),
  StartCallDelay: value('u64'),
  RegisteredSubnetCounter: map('Identity NetUid', 'u64'),
  SubnetLocked: map('Identity NetUid', 'TaoBalance'),
  SubnetEmissionEnabled: map('Identity NetUid', 'bool', true),
  MinAllowedUids: map('Identity NetUid', 'u16', 64),
};

export const SUBNET_OWNER_CALLS: VariantTable = {
  register_network: [59, 'hotkey: T::AccountId'],
  start_call: [92, 'netuid: NetUid'],
  set_tempo: [139, 'netuid: NetUid, tempo: u16'],
  set_activity_cutoff_factor: [140, 'netuid: NetUid, factor_milli: u32'],
  trigger_epoch: [141, 'netuid: NetUid'],
};

export const SUBNET_OWNER_EVENTS: VariantTable = {
  RegistrationAllowed: [50, 'NetUid, bool'],
  MaxAllowedUidsSet: [9, 'NetUid, u16'],
  MinAllowedWeightSet: [19, 'NetUid, u16'],
  ImmunityPeriodSet: [23, 'NetUid, u16'],
  BondsMovingAverageSet: [24, 'NetUid, u64'],
  BondsPenaltySet: [25, 'NetUid, u16'],
  MaxAllowedValidatorsSet: [27, 'NetUid, u16'],
  WeightsVersionKeySet: [32, 'NetUid, u64'],
  ServingRateLimitSet: [35, 'NetUid, u64'],
  MaxBurnSet: [37, 'NetUid, TaoBalance'],
  MinBurnSet: [38, 'NetUid, TaoBalance'],
  TempoSet: [52, 'NetUid, u16'],
  SubnetOwnerHotkeySet: [94, 'NetUid, T::AccountId'],
  FirstEmissionBlockNumberSet: [95, 'NetUid, u64'],
  CommitRevealPeriodsSet: [100, 'NetUid, u64'],
  CommitRevealEnabled: [101, 'NetUid, bool'],
  ActivityCutoffFactorMilliSet: [130, 'netuid: NetUid, factor_milli: u32'],
  EpochTriggered: [131, 'netuid: NetUid, by: T::AccountId, fires_at: u64'],
};

/** Hyperparameters that an owner may set, each with a rate limit of its own, in the order of their indices. */
export const HYPERPARAMETERS = [
  'Unknown',
  'ServingRateLimit',
  'MaxDifficulty',
  'AdjustmentAlpha',
  'MaxWeightLimit',
  'ImmunityPeriod',
  'MinAllowedWeights',
  'Kappa',
  'Rho',
  'ActivityCutoff',
  'PowRegistrationAllowed',
  'MinBurn',
  'MaxBurn',
  'BondsMovingAverage',
  'BondsPenalty',
  'CommitRevealEnabled',
  'LiquidAlphaEnabled',
  'AlphaValues',
  'WeightCommitInterval',
  'TransferEnabled',
  'AlphaSigmoidSteepness',
  'Yuma3Enabled',
  'BondsResetEnabled',
  'ImmuneNeuronLimit',
  'RecycleOrBurn',
  'MaxAllowedUids',
  'BurnHalfLife',
  'BurnIncreaseMult',
  'SubnetEmissionEnabled',
  'MinChildkeyTake',
  'ActivityCutoffFactorMilli',
  'TriggerEpoch',
] as const;

export type Hyperparameter = (typeof HYPERPARAMETERS)[number];

export const SUBNET_OWNER_TYPES: Readonly<Record<string, TypeDefinition>> = {
  Hyperparameter: {
    path: 'pallet_subtensor::utils::rate_limiting::Hyperparameter',
    variants: Object.fromEntries(HYPERPARAMETERS.map((name, index) => [name, index])),
  },
  RateLimitKey: {
    path: 'pallet_subtensor::RateLimitKey',
    parameters: { AccountId: 'AccountId32' },
    variants: {
      SetSNOwnerHotkey: [0, 'NetUid'],
      OwnerHyperparamUpdate: [1, 'NetUid, Hyperparameter'],
      NetworkLastRegistered: 2,
      LastTxBlock: [3, 'AccountId'],
      LastTxBlockChildKeyTake: [4, 'AccountId'],
      LastTxBlockDelegateTake: [5, 'AccountId'],
      AddStakeBurn: [6, 'NetUid'],
    },
  },
};
