import { optionalMap, value, type PalletDescription } from '../pallet-description.js';

const NETUID_AND_ACCOUNT = 'Identity NetUid, Twox64Concat T::AccountId';

export const COMMITMENTS: PalletDescription = {
  name: 'Commitments',
  index: 18,
  module: 'pallet_commitments::pallet',
  parameters: ['T'],
  storage: {
    TimelockedIndex: value('BTreeSet<(NetUid, T::AccountId)>'),
    CommitmentOf: optionalMap(NETUID_AND_ACCOUNT, 'Registration'),
    LastCommitment: optionalMap(NETUID_AND_ACCOUNT, 'BlockNumber'),
    LastBondsReset: optionalMap(NETUID_AND_ACCOUNT, 'BlockNumber'),
    RevealedCommitments: optionalMap(NETUID_AND_ACCOUNT, 'Vec<(Vec<u8>, u64)>'),
    UsedSpaceOf: optionalMap(NETUID_AND_ACCOUNT, 'UsageTracker'),
    MaxSpace: value('u32', 3100),
  },
  calls: {
    set_commitment: [0, 'netuid: NetUid, info: Box<CommitmentInfo<T::MaxFields>>'],
    set_max_space: [2, 'new_limit: u32'],
  },
  events: {
    Commitment: [0, 'netuid: NetUid, who: T::AccountId'],
    TimelockCommitment: [1, 'netuid: NetUid, who: T::AccountId, reveal_round: u64'],
    CommitmentRevealed: [2, 'netuid: NetUid, who: T::AccountId'],
  },
  errors: [
    'TooManyFieldsInCommitmentInfo',
    'AccountNotAllowedCommit',
    'SpaceLimitExceeded',
    'UnexpectedUnreserveLeftover',
  ],
  constants: {
    MaxFields: ['u32', 3],
    InitialDeposit: ['u64', 0],
    FieldDeposit: ['u64', 0],
  },
};
