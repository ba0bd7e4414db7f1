import { map, optionalValue, value, type PalletDescription } from '../pallet-description.js';

const WHO_AND_AMOUNT = 'who: T::AccountId, amount: T::Balance';

/** Balances' flag for accounts that were never in its old form is the highest bit. */
const NEW_ACCOUNT = { data: { flags: 1n << 127n } };

export const SYSTEM: PalletDescription = {
  name: 'System',
  index: 0,
  module: 'frame_system::pallet',
  parameters: ['T'],
  storage: {
    Account: map('Blake2_128Concat AccountId32', 'AccountInfo', NEW_ACCOUNT),
    ExtrinsicCount: optionalValue('u32'),
    BlockWeight: value('RuntimeBlockWeight'),
    BlockHash: map('Twox64Concat u32', 'H256'),
    Number: value('u32'),
    ParentHash: value('H256'),
    Digest: value('Digest'),
    Events: value('Vec<EventRecord<RuntimeEvent, H256>>'),
    EventCount: value('u32'),
    LastRuntimeUpgrade: optionalValue('LastRuntimeUpgradeInfo'),
  },
  calls: { remark: [0, 'remark: Vec<u8>'] },
  events: {
    ExtrinsicSuccess: [0, 'dispatch_info: DispatchEventInfo'],
    ExtrinsicFailed: [1, 'dispatch_error: DispatchError, dispatch_info: DispatchEventInfo'],
    NewAccount: [3, 'account: T::AccountId'],
    KilledAccount: [4, 'account: T::AccountId'],
  },
  errors: [
    'InvalidSpecName',
    'SpecVersionNeedsToIncrease',
    'FailedToExtractRuntimeVersion',
    'NonDefaultComposite',
    'NonZeroRefCount',
    'CallFiltered',
    'MultiBlockMigrationsOngoing',
    'NothingAuthorized',
    'Unauthorized',
  ],
  constants: {
    BlockHashCount: ['u32', 2400],
    DbWeight: ['RuntimeDbWeight', { read: 25_000_000, write: 100_000_000 }],
    SS58Prefix: ['u16', 42],
  },
};

export const TIMESTAMP: PalletDescription = {
  name: 'Timestamp',
  index: 2,
  module: 'pallet_timestamp::pallet',
  parameters: ['T'],
  storage: { Now: value('u64'), DidUpdate: value('bool') },
  calls: { set: [0, 'now: compact T::Moment'] },
};

export const BALANCES: PalletDescription = {
  name: 'Balances',
  index: 5,
  module: 'pallet_balances::pallet',
  parameters: ['T', 'I'],
  storage: { TotalIssuance: value('u64'), InactiveIssuance: value('u64') },
  calls: {
    transfer_allow_death: [0, 'dest: AccountIdLookupOf<T>, value: compact T::Balance'],
    transfer_keep_alive: [3, 'dest: AccountIdLookupOf<T>, value: compact T::Balance'],
  },
  events: {
    Endowed: [0, 'account: T::AccountId, free_balance: T::Balance'],
    DustLost: [1, 'account: T::AccountId, amount: T::Balance'],
    Transfer: [2, 'from: T::AccountId, to: T::AccountId, amount: T::Balance'],
    Deposit: [7, WHO_AND_AMOUNT],
    Withdraw: [8, WHO_AND_AMOUNT],
    Burned: [11, WHO_AND_AMOUNT],
  },
  errors: [
    'VestingBalance',
    'LiquidityRestrictions',
    'InsufficientBalance',
    'ExistentialDeposit',
    'Expendability',
    'ExistingVestingSchedule',
    'DeadAccount',
    'TooManyReserves',
    'TooManyHolds',
    'TooManyFreezes',
    'IssuanceDeactivated',
    'DeltaZero',
  ],
  constants: {
    ExistentialDeposit: ['u64', 500],
    MaxLocks: ['u32', 50],
    MaxReserves: ['u32', 50],
    MaxFreezes: ['u32', 50],
  },
};

export const TRANSACTION_PAYMENT: PalletDescription = {
  name: 'TransactionPayment',
  index: 6,
  module: 'pallet_transaction_payment::pallet',
  parameters: ['T'],
  storage: { NextFeeMultiplier: value('FixedU128', '1000000000000000000') },
  events: {
    TransactionFeePaid: [0, 'who: T::AccountId, actual_fee: BalanceOf<T>, tip: BalanceOf<T>'],
  },
  constants: { OperationalFeeMultiplier: ['u8', 5] },
};
