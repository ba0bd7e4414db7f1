import { u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsU8a, xxhashAsU8a } from '@polkadot/util-crypto';
import type { Hasher } from '../metadata/pallet-description.js';

/** The part of a storage key that one map key makes. */
export function hashKey(hasher: Hasher, key: Uint8Array): Uint8Array {
  switch (hasher) {
    case 'Identity':
      return key;
    case 'Blake2_128Concat':
      return u8aConcat(blake2AsU8a(key, 128), key);
    case 'Twox64Concat':
      return u8aConcat(xxhashAsU8a(key, 64), key);
  }
}

/** The 32 bytes that open every key of a storage item, as 0x hex. */
export function itemPrefix(pallet: string, item: string): string {
  return u8aToHex(u8aConcat(xxhashAsU8a(pallet, 128), xxhashAsU8a(item, 128)));
}
