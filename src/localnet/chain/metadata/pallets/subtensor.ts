import { map, optionalMap, value, type PalletDescription } from '../pallet-description.js';
import { COMMIT_REVEAL_CALLS, COMMIT_REVEAL_EVENTS, COMMIT_REVEAL_STORAGE } from './commit-reveal.js';
import { SUBNET_OWNER_CALLS, SUBNET_OWNER_EVENTS, SUBNET_OWNER_STORAGE } from './subnet-owner.js';
import { SUBTENSOR_ERRORS } from './subtensor-errors.js';

const NETUID = 'Identity NetUid';
const HOTKEY = 'Blake2_128Concat T::AccountId';
const NETUID_AND_HOTKEY = 'Identity NetUid, Blake2_128Concat T::AccountId';
const NETUID_AND_UID = 'Identity NetUid, Identity u16';
const SERVE_AXON =
  'netuid: NetUid, version: u32, ip: u128, port: u16, ip_type: u8, protocol: u8, placeholder1: u8, placeholder2: u8';

const OWNERSHIP = {
  Owner: map(HOTKEY, 'T::AccountId'),
  StakingHotkeys: map(HOTKEY, 'Vec<T::AccountId>'),
  OwnedHotkeys: map(HOTKEY, 'Vec<T::AccountId>'),
};

const STAKE = {
  TaoWeight: value('u64', '971718665099567868'),
  StakeThreshold: value('u64'),
  TotalIssuance: value('u64'),
  TotalStake: value('u64'),
  BlockEmission: value('u64', 1_000_000_000),
  TotalHotkeyAlpha: map('Blake2_128Concat T::AccountId, Identity NetUid', 'AlphaBalance'),
  TotalHotkeySharesV2: map('Blake2_128Concat T::AccountId, Identity NetUid', 'SafeFloat'),
  AlphaV2: map(`${HOTKEY}, ${HOTKEY}, ${NETUID}`, 'SafeFloat'),
  SubnetOwnerCut: value('u16', 11_796),
  PendingServerEmission: map(NETUID, 'AlphaBalance'),
  PendingValidatorEmission: map(NETUID, 'AlphaBalance'),
  SubnetTAO: map(NETUID, 'TaoBalance'),
  SubnetAlphaIn: map(NETUID, 'AlphaBalance'),
  SubnetAlphaOut: map(NETUID, 'AlphaBalance'),
};

const SUBNETS = {
  TotalNetworks: value('u16'),
  NetworksAdded: map(NETUID, 'bool'),
  NetworkRegisteredAt: map(NETUID, 'u64'),
  NetworkRegistrationAllowed: map(NETUID, 'bool', true),
  SubnetOwner: map(NETUID, 'T::AccountId'),
  SubnetOwnerHotkey: map(NETUID, 'T::AccountId'),
  SubnetMechanism: map(NETUID, 'u16'),
  MechanismCountCurrent: map('Twox64Concat NetUid', 'MechId', 1),
  FirstEmissionBlockNumber: optionalMap(NETUID, 'u64'),
  SubtokenEnabled: map(NETUID, 'bool'),
  TokenSymbol: map(NETUID, 'Vec<u8>', '0xf09d9c8f'),
  SubnetworkN: map(NETUID, 'u16'),
};

const HYPERPARAMETERS = {
  Tempo: map(NETUID, 'u16', 360),
  Rho: map(NETUID, 'u16', 10),
  Kappa: map(NETUID, 'u16', 32_767),
  BondsMovingAverage: map(NETUID, 'u64', 900_000),
  BondsPenalty: map(NETUID, 'u16', 65_535),
  BondsResetOn: map(NETUID, 'bool'),
  Yuma3On: map('Blake2_128Concat NetUid', 'bool'),
  MaxAllowedUids: map(NETUID, 'u16', 256),
  MaxAllowedValidators: map(NETUID, 'u16', 128),
  ImmunityPeriod: map(NETUID, 'u16', 4096),
  ActivityCutoffFactorMilli: map(NETUID, 'u32', 13_889),
  MinAllowedWeights: map(NETUID, 'u16', 1024),
  MaxWeightsLimit: map(NETUID, 'u16', 65_535),
  WeightsVersionKey: map(NETUID, 'u64'),
  WeightsSetRateLimit: map(NETUID, 'u64', 100),
  ServingRateLimit: map(NETUID, 'u64', 50),
  CommitRevealWeightsEnabled: map(NETUID, 'bool', true),
  CommitRevealWeightsVersion: value('u16', 4),
  RevealPeriodEpochs: map('Twox64Concat NetUid', 'u64', 1),
  Burn: map(NETUID, 'TaoBalance', 100_000_000),
  MinBurn: map(NETUID, 'TaoBalance', 500_000),
  MaxBurn: map(NETUID, 'TaoBalance', 100_000_000_000),
  BurnHalfLife: map(NETUID, 'u16', 360),
  BurnIncreaseMult: map(NETUID, 'U64F64', { bits: '23242897532874035200' }),
  MinNonImmuneUids: map(NETUID, 'u16', 10),
  ImmuneOwnerUidsLimit: map(NETUID, 'u16', 1),
  RAORecycledForRegistration: map(NETUID, 'TaoBalance'),
};

const EPOCHS = {
  MaxEpochsPerBlock: value('u8', 2),
  LastEpochBlock: map(NETUID, 'u64'),
  PendingEpochAt: map(NETUID, 'u64'),
  SubnetEpochIndex: map(NETUID, 'u64'),
  BlocksSinceLastStep: map(NETUID, 'u64'),
  LastMechansimStepBlock: map(NETUID, 'u64'),
};

const NEURONS = {
  Uids: optionalMap(NETUID_AND_HOTKEY, 'u16'),
  Keys: map(NETUID_AND_UID, 'T::AccountId'),
  IsNetworkMember: map('Blake2_128Concat T::AccountId, Identity NetUid', 'bool'),
  BlockAtRegistration: map(NETUID_AND_UID, 'u64'),
  Active: map(NETUID, 'Vec<bool>'),
  Consensus: map(NETUID, 'Vec<u16>'),
  Incentive: map('Identity NetUidStorageIndex', 'Vec<u16>'),
  Dividends: map(NETUID, 'Vec<u16>'),
  Emission: map(NETUID, 'Vec<AlphaBalance>'),
  LastUpdate: map('Identity NetUidStorageIndex', 'Vec<u64>'),
  ValidatorTrust: map(NETUID, 'Vec<u16>'),
  ValidatorPermit: map(NETUID, 'Vec<bool>'),
  Weights: map('Identity NetUidStorageIndex, Identity u16', 'Vec<(u16, u16)>'),
  Axons: optionalMap(NETUID_AND_HOTKEY, 'AxonInfo'),
  Bonds: map('Identity NetUidStorageIndex, Identity u16', 'Vec<(u16, u16)>'),
  StakeWeight: map(NETUID, 'Vec<u16>'),
  NeuronCertificates: optionalMap(NETUID_AND_HOTKEY, 'NeuronCertificate'),
  Prometheus: optionalMap(NETUID_AND_HOTKEY, 'PrometheusInfo'),
};

export const SUBTENSOR: PalletDescription = {
  name: 'SubtensorModule',
  index: 7,
  module: 'pallet_subtensor::pallet',
  parameters: ['T'],
  storage: {
    ...OWNERSHIP,
    ...STAKE,
    ...SUBNETS,
    ...HYPERPARAMETERS,
    ...COMMIT_REVEAL_STORAGE,
    ...EPOCHS,
    ...NEURONS,
    ...SUBNET_OWNER_STORAGE,
  },
  calls: {
    set_weights: [0, 'netuid: NetUid, dests: Vec<u16>, weights: Vec<u16>, version_key: u64'],
    add_stake: [2, 'hotkey: T::AccountId, netuid: NetUid, amount_staked: TaoBalance'],
    serve_axon: [4, SERVE_AXON],
    register: [
      6,
      'netuid: NetUid, block_number: u64, nonce: u64, work: Vec<u8>, hotkey: T::AccountId, coldkey: T::AccountId',
    ],
    burned_register: [7, 'netuid: NetUid, hotkey: T::AccountId'],
    set_mechanism_weights: [
      119,
      'netuid: NetUid, mecid: MechId, dests: Vec<u16>, weights: Vec<u16>, version_key: u64',
    ],
    register_limit: [134, 'netuid: NetUid, hotkey: T::AccountId, limit_price: u64'],
    ...COMMIT_REVEAL_CALLS,
    ...SUBNET_OWNER_CALLS,
  },
  events: {
    NetworkAdded: [0, 'NetUid, u16'],
    StakeAdded: [2, 'T::AccountId, T::AccountId, TaoBalance, AlphaBalance, NetUid, u64'],
    WeightsSet: [5, 'NetUidStorageIndex, u16'],
    NeuronRegistered: [6, 'NetUid, u16, T::AccountId'],
    AxonServed: [28, 'NetUid, T::AccountId'],
    ...SUBNET_OWNER_EVENTS,
    EpochDeferred: [132, 'netuid: NetUid, from_block: u64, to_block: u64'],
    ...COMMIT_REVEAL_EVENTS,
  },
  errors: SUBTENSOR_ERRORS,
  constants: {
    InitialTempo: ['u16', 360],
    InitialMinStake: ['u64', 2_000_000],
    InitialMaxAllowedUids: ['u16', 256],
    MinTempo: ['u16', 360],
    MaxTempo: ['u16', 50_400],
  },
};
