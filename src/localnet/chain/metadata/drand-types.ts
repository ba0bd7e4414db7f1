import type { TypeDefinition } from './type-table.js';

/** The types of pallet_drand, at their true paths. */
export const DRAND_TYPES: Readonly<Record<string, TypeDefinition>> = {
  BeaconMetadata: { path: 'pallet_drand::types::Metadata', fields: 'beacon_id: BoundedHash' },
  BeaconConfiguration: {
    path: 'pallet_drand::types::BeaconConfiguration',
    fields:
      'public_key: OpaquePublicKey, period: u32, genesis_time: u32, hash: BoundedHash, group_hash: BoundedHash, ' +
      'scheme_id: BoundedHash, metadata: Metadata',
  },
  Pulse: {
    path: 'pallet_drand::types::Pulse',
    fields:
      'round: RoundNumber, randomness: BoundedVec<u8, ConstU32<32>>, signature: BoundedVec<u8, ConstU32<144>>',
  },
  PulsesPayload: {
    path: 'pallet_drand::types::PulsesPayload',
    parameters: { Public: 'MultiSigner', BlockNumber: 'u32' },
    fields: 'block_number: BlockNumber, pulses: Vec<Pulse>, public: Public',
  },
  MultiSigner: {
    path: 'sp_runtime::MultiSigner',
    variants: {
      Ed25519: [0, 'ed25519::Public'],
      Sr25519: [1, 'sr25519::Public'],
      Ecdsa: [2, 'ecdsa::Public'],
    },
  },
};

/** Spellings of pallet_drand's sources for plain types. */
export const DRAND_ALIASES: Readonly<Record<string, string>> = {
  RoundNumber: 'u64',
  OpaquePublicKey: 'BoundedVec<u8>',
  BoundedHash: 'BoundedVec<u8>',
  'BoundedVec<u8, ConstU32<32>>': 'BoundedVec<u8>',
  'BoundedVec<u8, ConstU32<144>>': 'BoundedVec<u8>',
  Metadata: 'BeaconMetadata',
  Public: 'MultiSigner',
  'PulsesPayload<T::Public, BlockNumberFor<T>>': 'PulsesPayload',
  'Option<T::Signature>': 'Option<MultiSignature>',
  'ed25519::Public': '[u8; 32]',
  'sr25519::Public': '[u8; 32]',
  'ecdsa::Public': '[u8; 33]',
};
