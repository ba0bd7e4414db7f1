import type { TypeDefinition } from './type-table.js';

/** Spellings that the runtime's sources use for plain types. */
export const ALIASES: Readonly<Record<string, string>> = {
  NetUid: 'u16',
  NetUidStorageIndex: 'u16',
  MechId: 'u8',
  TaoBalance: 'u64',
  AlphaBalance: 'u64',
  Balance: 'u64',
  Nonce: 'u32',
  RefCount: 'u32',
  BlockNumber: 'u32',
  AccountId: 'AccountId32',
  'T::AccountId': 'AccountId32',
  'T::Balance': 'u64',
  'T::Moment': 'u64',
  'T::Hash': 'H256',
  'T::Nonce': 'u32',
  'BalanceOf<T>': 'u64',
  'AccountIdLookupOf<T>': 'MultiAddress',
  'Box<CommitmentInfo<T::MaxFields>>': 'CommitmentInfo',
  'BoundedVec<Data, FieldLimit>': 'BoundedVec<Data>',
  'CommitmentInfo<MaxFields>': 'CommitmentInfo',
  'BoundedVec<u8, ConstU32<MAX_CRV3_COMMIT_SIZE_BYTES>>': 'BoundedVec<u8>',
  ConsensusEngineId: '[u8; 4]',
  'codec::Compact<u32>': 'Compact<u32>',
  "Cow<'static, str>": 'Cow<str>',
  ApisVec: 'Cow<Vec<([u8; 8], u32)>>',
  '[u8; MAX_MODULE_ERROR_ENCODED_SIZE]': '[u8; 4]',
  'ed25519::Signature': '[u8; 64]',
  'sr25519::Signature': '[u8; 64]',
  'ecdsa::Signature': '[u8; 65]',
  RuntimeBlockWeight: 'PerDispatchClass<Weight>',
  'ChargeTransactionPayment<T>': 'ChargeTransactionPayment',
};

const ERA_MORTAL = Object.fromEntries(
  Array.from({ length: 255 }, (_, i) => [`Mortal${i + 1}`, [i + 1, 'u8'] as const]),
);

/** What the extensions of subtensor's transactions carry, in the order of the runtime's TransactionExtensions. */
export const TRANSACTION_EXTENSIONS = [
  ['CheckNonZeroSender', 'CheckNonZeroSender', '()'],
  ['CheckSpecVersion', 'CheckSpecVersion', 'u32'],
  ['CheckTxVersion', 'CheckTxVersion', 'u32'],
  ['CheckGenesis', 'CheckGenesis', 'H256'],
  ['CheckMortality', 'CheckMortality', 'H256'],
  ['CheckNonce', 'CheckNonce', '()'],
  ['CheckWeight', 'CheckWeight', '()'],
  ['ChargeTransactionPayment', 'ChargeTransactionPayment', '()'],
  ['SudoTransactionExtension', 'SudoTransactionExtension', '()'],
  ['CheckShieldedTxValidity', 'CheckShieldedTxValidity', '()'],
  ['SubtensorTransactionExtension', 'SubtensorTransactionExtension', '()'],
  ['DrandPriority', 'DrandPriority', '()'],
  ['CheckMetadataHash', 'CheckMetadataHash', 'Option<[u8; 32]>'],
] as const;

const T = { T: null };

/** The types of Substrate's frame that the six pallets use, at their true paths. */
export const RUNTIME_TYPES: Readonly<Record<string, TypeDefinition>> = {
  AccountId32: { path: 'sp_core::crypto::AccountId32', fields: '[u8; 32]' },
  H256: { path: 'primitive_types::H256', fields: '[u8; 32]' },
  Cow: { path: 'Cow', generics: ['T'], fields: 'T' },
  Option: { path: 'Option', generics: ['T'], variants: { None: 0, Some: [1, 'T'] } },
  BTreeSet: { path: 'BTreeSet', generics: ['T'], fields: 'Vec<T>' },
  BoundedVec: {
    path: 'bounded_collections::bounded_vec::BoundedVec',
    generics: ['T'],
    parameters: { S: null },
    fields: 'Vec<T>',
  },
  MultiAddress: {
    path: 'sp_runtime::multiaddress::MultiAddress',
    parameters: { AccountId: 'AccountId32', AccountIndex: '()' },
    variants: {
      Id: [0, 'AccountId32'],
      Index: [1, 'Compact<()>'],
      Raw: [2, 'Vec<u8>'],
      Address32: [3, '[u8; 32]'],
      Address20: [4, '[u8; 20]'],
    },
  },
  MultiSignature: {
    path: 'sp_runtime::MultiSignature',
    variants: {
      Ed25519: [0, 'ed25519::Signature'],
      Sr25519: [1, 'sr25519::Signature'],
      Ecdsa: [2, 'ecdsa::Signature'],
    },
  },
  Era: { path: 'sp_runtime::generic::era::Era', variants: { Immortal: 0, ...ERA_MORTAL } },
  ExtraFlags: { path: 'pallet_balances::types::ExtraFlags', fields: 'u128' },
  AccountData: {
    path: 'pallet_balances::types::AccountData',
    parameters: { Balance: 'u64' },
    fields: 'free: Balance, reserved: Balance, frozen: Balance, flags: ExtraFlags',
  },
  AccountInfo: {
    path: 'frame_system::AccountInfo',
    parameters: { Nonce: 'u32', AccountData: 'AccountData' },
    fields:
      'nonce: Nonce, consumers: RefCount, providers: RefCount, sufficients: RefCount, data: AccountData',
  },
  Weight: {
    path: 'sp_weights::weight_v2::Weight',
    fields: 'ref_time: Compact<u64>, proof_size: Compact<u64>',
  },
  PerDispatchClass: {
    path: 'frame_support::dispatch::PerDispatchClass',
    generics: ['T'],
    fields: 'normal: T, operational: T, mandatory: T',
  },
  Phase: {
    path: 'frame_system::Phase',
    variants: { ApplyExtrinsic: [0, 'u32'], Finalization: 1, Initialization: 2 },
  },
  DispatchClass: {
    path: 'frame_support::dispatch::DispatchClass',
    variants: { Normal: 0, Operational: 1, Mandatory: 2 },
  },
  Pays: { path: 'frame_support::dispatch::Pays', variants: { Yes: 0, No: 1 } },
  DispatchEventInfo: {
    path: 'frame_system::DispatchEventInfo',
    fields: 'weight: Weight, class: DispatchClass, pays_fee: Pays',
  },
  ModuleError: {
    path: 'sp_runtime::ModuleError',
    fields: 'index: u8, error: [u8; MAX_MODULE_ERROR_ENCODED_SIZE]',
  },
  TokenError: {
    path: 'sp_runtime::TokenError',
    variants: {
      FundsUnavailable: 0,
      OnlyProvider: 1,
      BelowMinimum: 2,
      CannotCreate: 3,
      UnknownAsset: 4,
      Frozen: 5,
      Unsupported: 6,
      CannotCreateHold: 7,
      NotExpendable: 8,
      Blocked: 9,
    },
  },
  ArithmeticError: {
    path: 'sp_arithmetic::ArithmeticError',
    variants: { Underflow: 0, Overflow: 1, DivisionByZero: 2 },
  },
  TransactionalError: { path: 'sp_runtime::TransactionalError', variants: { LimitReached: 0, NoLayer: 1 } },
  TrieError: {
    path: 'sp_runtime::proving_trie::TrieError',
    variants: {
      InvalidStateRoot: 0,
      IncompleteDatabase: 1,
      ValueAtIncompleteKey: 2,
      DecoderError: 3,
      InvalidHash: 4,
      DuplicateKey: 5,
      ExtraneousNode: 6,
      ExtraneousValue: 7,
      ExtraneousHashReference: 8,
      InvalidChildReference: 9,
      ValueMismatch: 10,
      IncompleteProof: 11,
      RootMismatch: 12,
      DecodeError: 13,
    },
  },
  DispatchError: {
    path: 'sp_runtime::DispatchError',
    variants: {
      Other: 0,
      CannotLookup: 1,
      BadOrigin: 2,
      Module: [3, 'ModuleError'],
      ConsumerRemaining: 4,
      NoProviders: 5,
      TooManyConsumers: 6,
      Token: [7, 'TokenError'],
      Arithmetic: [8, 'ArithmeticError'],
      Transactional: [9, 'TransactionalError'],
      Exhausted: 10,
      Corruption: 11,
      Unavailable: 12,
      RootNotAllowed: 13,
      Trie: [14, 'TrieError'],
    },
  },
  EventRecord: {
    path: 'frame_system::EventRecord',
    generics: ['E', 'T'],
    fields: 'phase: Phase, event: E, topics: Vec<T>',
  },
  DigestItem: {
    path: 'sp_runtime::generic::digest::DigestItem',
    variants: {
      PreRuntime: [6, 'ConsensusEngineId, Vec<u8>'],
      Consensus: [4, 'ConsensusEngineId, Vec<u8>'],
      Seal: [5, 'ConsensusEngineId, Vec<u8>'],
      Other: [0, 'Vec<u8>'],
      RuntimeEnvironmentUpdated: 8,
    },
  },
  Digest: { path: 'sp_runtime::generic::digest::Digest', fields: 'logs: Vec<DigestItem>' },
  LastRuntimeUpgradeInfo: {
    path: 'frame_system::LastRuntimeUpgradeInfo',
    fields: "spec_version: codec::Compact<u32>, spec_name: Cow<'static, str>",
  },
  RuntimeVersion: {
    path: 'sp_version::RuntimeVersion',
    fields:
      "spec_name: Cow<'static, str>, impl_name: Cow<'static, str>, authoring_version: u32, spec_version: u32, " +
      'impl_version: u32, apis: ApisVec, transaction_version: u32, system_version: u8',
  },
  RuntimeDbWeight: { path: 'sp_weights::RuntimeDbWeight', fields: 'read: u64, write: u64' },
  FixedU128: { path: 'sp_arithmetic::fixed_point::FixedU128', fields: 'u128' },
  OpaqueMetadata: { path: 'sp_core::OpaqueMetadata', fields: 'Vec<u8>' },
  RuntimeDispatchInfo: {
    path: 'pallet_transaction_payment::types::RuntimeDispatchInfo',
    parameters: { Balance: 'u64', Weight: 'Weight' },
    fields: 'weight: Weight, class: DispatchClass, partial_fee: Balance',
  },
  InclusionFee: {
    path: 'pallet_transaction_payment::types::InclusionFee',
    parameters: { Balance: 'u64' },
    fields: 'base_fee: Balance, len_fee: Balance, adjusted_weight_fee: Balance',
  },
  FeeDetails: {
    path: 'pallet_transaction_payment::types::FeeDetails',
    parameters: { Balance: 'u64' },
    fields: 'inclusion_fee: Option<InclusionFee>, tip: Balance',
  },
  CheckNonZeroSender: {
    path: 'frame_system::extensions::check_non_zero_sender::CheckNonZeroSender',
    parameters: T,
  },
  CheckSpecVersion: { path: 'frame_system::extensions::check_spec_version::CheckSpecVersion', parameters: T },
  CheckTxVersion: { path: 'frame_system::extensions::check_tx_version::CheckTxVersion', parameters: T },
  CheckGenesis: { path: 'frame_system::extensions::check_genesis::CheckGenesis', parameters: T },
  CheckMortality: {
    path: 'node_subtensor_runtime::check_mortality::CheckMortality',
    parameters: T,
    fields: 'Era',
  },
  CheckNonce: {
    path: 'node_subtensor_runtime::check_nonce::CheckNonce',
    parameters: T,
    fields: 'Compact<T::Nonce>',
  },
  CheckWeight: { path: 'frame_system::extensions::check_weight::CheckWeight', parameters: T },
  ChargeTransactionPayment: {
    path: 'pallet_transaction_payment::ChargeTransactionPayment',
    parameters: T,
    fields: 'Compact<BalanceOf<T>>',
  },
  SudoTransactionExtension: {
    path: 'node_subtensor_runtime::sudo_wrapper::SudoTransactionExtension',
    parameters: T,
  },
  CheckShieldedTxValidity: { path: 'pallet_shield::extension::CheckShieldedTxValidity', parameters: T },
  SubtensorTransactionExtension: {
    path: 'pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension',
    parameters: T,
  },
  DrandPriority: { path: 'pallet_drand::drand_priority::DrandPriority', parameters: T },
  Mode: { path: 'frame_metadata_hash_extension::Mode', variants: { Disabled: 0, Enabled: 1 } },
  CheckMetadataHash: {
    path: 'frame_metadata_hash_extension::CheckMetadataHash',
    parameters: T,
    fields: 'mode: Mode',
  },
};
