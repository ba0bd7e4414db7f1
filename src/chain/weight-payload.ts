import { compactToU8a } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { publicKeyOf } from './addresses.js';

export interface PayloadWeights {
  readonly hotkey: string;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/** SCALE of subtensor's WeightsTlockPayload (coinbase/reveal_commits.rs): what a timelocked commit encrypts. */
export function timelockPayload(weights: PayloadWeights): Uint8Array {
  const hotkey = publicKeyOf(weights.hotkey);
  return Uint8Array.from(
    Buffer.concat([
      compactToU8a(hotkey.length), // here the key is a byte vector, not an account
      hotkey,
      u16Vector(weights.uids),
      u16Vector(weights.values),
      u64(weights.versionKey),
    ]),
  );
}

/**
 * The hash of a salted commit, 0x hex: blake2_256 over SCALE of (account, storage index, uids, values, salt, version key)
 * (subnets/weights.rs, get_commit_hash). The storage index of mechanism 0 is the netuid.
 */
export function saltedCommitHash(
  weights: PayloadWeights & { readonly netuid: number; readonly salt: readonly number[] },
): string {
  const index = Buffer.alloc(2);
  index.writeUInt16LE(weights.netuid);
  const parts = [
    publicKeyOf(weights.hotkey),
    index,
    u16Vector(weights.uids),
    u16Vector(weights.values),
    u16Vector(weights.salt),
    u64(weights.versionKey),
  ];
  return blake2AsHex(Buffer.concat(parts), 256);
}

function u16Vector(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, index) => bytes.writeUInt16LE(number, 2 * index));
  return Buffer.concat([compactToU8a(numbers.length), bytes]);
}

function u64(number: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  return bytes;
}
