import { QUICKNET } from '../../../../common/timelock/index.js';
import { map, optionalMap, value, type PalletDescription } from '../pallet-description.js';

const hex = (bytes: Uint8Array | string) => `0x${Buffer.from(bytes).toString('hex')}`;

/** What a chain that never set its beacon reads: the drand network quicknet, as its /info page gives it. */
export const QUICKNET_CONFIG = {
  public_key: hex(QUICKNET.publicKey),
  period: QUICKNET.period,
  genesis_time: QUICKNET.genesisTime,
  hash: '0x52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  group_hash: '0xf477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e',
  scheme_id: hex('bls-unchained-g1-rfc9380'),
  metadata: { beacon_id: hex('quicknet') },
};

export const DRAND: PalletDescription = {
  name: 'Drand',
  index: 26,
  module: 'pallet_drand::pallet',
  parameters: ['T'],
  storage: {
    BeaconConfig: value('BeaconConfiguration', QUICKNET_CONFIG),
    HasMigrationRun: map('Identity BoundedVec<u8>', 'bool'),
    Pulses: optionalMap('Blake2_128Concat RoundNumber', 'Pulse'),
    LastStoredRound: value('RoundNumber'),
    OldestStoredRound: value('RoundNumber'),
    NextUnsignedAt: value('BlockNumber'),
  },
  calls: {
    write_pulse: [
      0,
      'pulses_payload: PulsesPayload<T::Public, BlockNumberFor<T>>, signature: Option<T::Signature>',
    ],
  },
  events: { NewPulse: [1, 'rounds: Vec<RoundNumber>'] },
  errors: [
    'NoneValue',
    'StorageOverflow',
    'DrandConnectionFailure',
    'UnverifiedPulse',
    'InvalidRoundNumber',
    'PulseVerificationError',
  ],
  constants: {
    UnsignedPriority: ['u64', 1n << 20n],
    HttpFetchTimeout: ['u64', 1_000],
  },
};
