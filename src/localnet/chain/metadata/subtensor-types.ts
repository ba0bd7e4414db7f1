import type { TypeDefinition } from './type-table.js';

const RAW = Object.fromEntries(
  Array.from({ length: 129 }, (_, n) => [`Raw${n}`, [n + 1, `[u8; ${n}]`] as const]),
);

/** Fields that stand in a SelectiveMetagraph, in its order: the position is the index that a client asks for. */
export const SELECTIVE_METAGRAPH = [
  ['netuid', 'Compact<NetUid>'],
  ['name', 'Vec<Compact<u8>>'],
  ['symbol', 'Vec<Compact<u8>>'],
  ['identity', 'Option<SubnetIdentityV3>'],
  ['network_registered_at', 'Compact<u64>'],
  ['owner_hotkey', 'AccountId'],
  ['owner_coldkey', 'AccountId'],
  ['block', 'Compact<u64>'],
  ['tempo', 'Compact<u16>'],
  ['last_step', 'Compact<u64>'],
  ['blocks_since_last_step', 'Compact<u64>'],
  ['subnet_emission', 'Compact<u64>'],
  ['alpha_in', 'Compact<AlphaBalance>'],
  ['alpha_out', 'Compact<AlphaBalance>'],
  ['tao_in', 'Compact<TaoBalance>'],
  ['alpha_out_emission', 'Compact<AlphaBalance>'],
  ['alpha_in_emission', 'Compact<AlphaBalance>'],
  ['tao_in_emission', 'Compact<TaoBalance>'],
  ['pending_alpha_emission', 'Compact<AlphaBalance>'],
  ['pending_root_emission', 'Compact<TaoBalance>'],
  ['subnet_volume', 'Compact<u128>'],
  ['moving_price', 'I96F32'],
  ['rho', 'Compact<u16>'],
  ['kappa', 'Compact<u16>'],
  ['min_allowed_weights', 'Compact<u16>'],
  ['max_weights_limit', 'Compact<u16>'],
  ['weights_version', 'Compact<u64>'],
  ['weights_rate_limit', 'Compact<u64>'],
  ['activity_cutoff', 'Compact<u64>'],
  ['max_validators', 'Compact<u16>'],
  ['num_uids', 'Compact<u16>'],
  ['max_uids', 'Compact<u16>'],
  ['burn', 'Compact<TaoBalance>'],
  ['difficulty', 'Compact<u64>'],
  ['registration_allowed', 'bool'],
  ['pow_registration_allowed', 'bool'],
  ['immunity_period', 'Compact<u16>'],
  ['min_difficulty', 'Compact<u64>'],
  ['max_difficulty', 'Compact<u64>'],
  ['min_burn', 'Compact<TaoBalance>'],
  ['max_burn', 'Compact<TaoBalance>'],
  ['adjustment_alpha', 'Compact<u64>'],
  ['adjustment_interval', 'Compact<u16>'],
  ['target_regs_per_interval', 'Compact<u16>'],
  ['max_regs_per_block', 'Compact<u16>'],
  ['serving_rate_limit', 'Compact<u64>'],
  ['commit_reveal_weights_enabled', 'bool'],
  ['commit_reveal_period', 'Compact<u64>'],
  ['liquid_alpha_enabled', 'bool'],
  ['alpha_high', 'Compact<u16>'],
  ['alpha_low', 'Compact<u16>'],
  ['bonds_moving_avg', 'Compact<u64>'],
  ['hotkeys', 'Vec<AccountId>'],
  ['coldkeys', 'Vec<AccountId>'],
  ['identities', 'Vec<Option<ChainIdentityOfV2>>'],
  ['axons', 'Vec<AxonInfo>'],
  ['active', 'Vec<bool>'],
  ['validator_permit', 'Vec<bool>'],
  ['pruning_score', 'Vec<Compact<u16>>'],
  ['last_update', 'Vec<Compact<u64>>'],
  ['emission', 'Vec<Compact<AlphaBalance>>'],
  ['dividends', 'Vec<Compact<u16>>'],
  ['incentives', 'Vec<Compact<u16>>'],
  ['consensus', 'Vec<Compact<u16>>'],
  ['trust', 'Vec<Compact<u16>>'],
  ['rank', 'Vec<Compact<u16>>'],
  ['block_at_registration', 'Vec<Compact<u64>>'],
  ['alpha_stake', 'Vec<Compact<AlphaBalance>>'],
  ['tao_stake', 'Vec<Compact<TaoBalance>>'],
  ['total_stake', 'Vec<Compact<TaoBalance>>'],
  ['tao_dividends_per_hotkey', 'Vec<(AccountId, Compact<TaoBalance>)>'],
  ['alpha_dividends_per_hotkey', 'Vec<(AccountId, Compact<AlphaBalance>)>'],
  ['validators', 'Vec<Compact<u16>>'],
  ['commitments', 'Vec<(AccountId, Vec<Compact<u8>>)>'],
] as const;

/** The types of subtensor's own pallets (pallet_subtensor, pallet_commitments, share_pool), at their true paths. */
export const SUBTENSOR_TYPES: Readonly<Record<string, TypeDefinition>> = {
  AxonInfo: {
    path: 'pallet_subtensor::pallet::AxonInfo',
    fields:
      'block: u64, version: u32, ip: u128, port: u16, ip_type: u8, protocol: u8, placeholder1: u8, placeholder2: u8',
  },
  PrometheusInfo: {
    path: 'pallet_subtensor::pallet::PrometheusInfo',
    fields: 'block: u64, version: u32, ip: u128, port: u16, ip_type: u8',
  },
  NeuronCertificate: {
    path: 'pallet_subtensor::pallet::NeuronCertificate',
    fields: 'public_key: BoundedVec<u8>, algorithm: u8',
  },
  SafeFloat: { path: 'share_pool::SafeFloat', fields: 'mantissa: u128, exponent: i64' },
  U64F64: { path: 'substrate_fixed::FixedU128', fields: 'bits: u128' },
  I96F32: { path: 'substrate_fixed::FixedI128', fields: 'bits: i128' },
  SubnetIdentityV3: {
    path: 'pallet_subtensor::pallet::SubnetIdentityV3',
    fields:
      'subnet_name: Vec<u8>, github_repo: Vec<u8>, subnet_contact: Vec<u8>, subnet_url: Vec<u8>, ' +
      'discord: Vec<u8>, description: Vec<u8>, logo_url: Vec<u8>, additional: Vec<u8>',
  },
  ChainIdentityOfV2: {
    path: 'pallet_subtensor::pallet::ChainIdentityV2',
    fields:
      'name: Vec<u8>, url: Vec<u8>, github_repo: Vec<u8>, image: Vec<u8>, discord: Vec<u8>, ' +
      'description: Vec<u8>, additional: Vec<u8>',
  },
  Data: {
    path: 'pallet_commitments::types::Data',
    variants: {
      None: 0,
      ...RAW,
      BlakeTwo256: [130, '[u8; 32]'],
      Sha256: [131, '[u8; 32]'],
      Keccak256: [132, '[u8; 32]'],
      ShaThree256: [133, '[u8; 32]'],
      TimelockEncrypted: [134, 'encrypted: BoundedVec<u8>, reveal_round: u64'],
      ResetBondsFlag: 135,
      BigRaw: [136, 'BoundedVec<u8>'],
    },
  },
  CommitmentInfo: {
    path: 'pallet_commitments::types::CommitmentInfo',
    parameters: { FieldLimit: null },
    fields: 'fields: BoundedVec<Data, FieldLimit>',
  },
  Registration: {
    path: 'pallet_commitments::types::Registration',
    parameters: { Balance: 'u64', MaxFields: null, BlockNumber: 'u32' },
    fields: 'deposit: Balance, block: BlockNumber, info: CommitmentInfo<MaxFields>',
  },
  UsageTracker: {
    path: 'pallet_commitments::types::UsageTracker',
    fields: 'last_epoch: u64, used_space: u64',
  },
  NeuronInfoLite: {
    path: 'pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite',
    parameters: { AccountId: 'AccountId32' },
    fields:
      'hotkey: AccountId, coldkey: AccountId, uid: Compact<u16>, netuid: Compact<NetUid>, active: bool, ' +
      'axon_info: AxonInfo, prometheus_info: PrometheusInfo, stake: Vec<(AccountId, Compact<AlphaBalance>)>, ' +
      'rank: Compact<u16>, emission: Compact<AlphaBalance>, incentive: Compact<u16>, consensus: Compact<u16>, ' +
      'trust: Compact<u16>, validator_trust: Compact<u16>, dividends: Compact<u16>, last_update: Compact<u64>, ' +
      'validator_permit: bool, pruning_score: Compact<u16>',
  },
  SelectiveMetagraph: {
    path: 'pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph',
    parameters: { AccountId: 'AccountId32' },
    fields: SELECTIVE_METAGRAPH.map(([name, type]) =>
      name === 'netuid' ? `${name}: ${type}` : `${name}: Option<${type}>`,
    ).join(', '),
  },
};
