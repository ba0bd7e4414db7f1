import { hexToU8a } from '@polkadot/util';
import { ByteReader } from '../../codec/bytes.js';
import type { Account } from '../../state/items.js';

/** What a timelocked commit holds. */
export interface WeightsPayload {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly version_key: bigint;
}

const ACCOUNT_BYTES = 32;

/**
 * Reads a decrypted commit of `committer` (subtensor reveal_commits.rs): WeightsTlockPayload (hotkey Vec<u8>, uids
 * Vec<u16>, values Vec<u16>, version_key u64), whose hotkey must be the committer's, or the older form without hotkey.
 * Bytes that follow are ignored, as parity-scale-codec does. Undefined: neither, or somebody else's.
 */
export function readWeightsPayload(bytes: Uint8Array, committer: Account): WeightsPayload | undefined {
  const bound = attempt(() => {
    const reader = new ByteReader(bytes);
    return { hotkey: reader.take(reader.length()), payload: readPayload(reader) };
  });
  if (bound === undefined || bound.hotkey.length < ACCOUNT_BYTES) {
    return attempt(() => readPayload(new ByteReader(bytes)));
  }
  const hotkey = bound.hotkey.subarray(0, ACCOUNT_BYTES);
  return Buffer.compare(hotkey, hexToU8a(committer)) === 0 ? bound.payload : undefined;
}

function readPayload(reader: ByteReader): WeightsPayload {
  const uids = readNumbers(reader);
  const values = readNumbers(reader);
  return { uids, values, version_key: reader.unsigned(8) };
}

function readNumbers(reader: ByteReader): number[] {
  return Array.from({ length: reader.length() }, () => Number(reader.unsigned(2)));
}

/** The reader throws a RangeError when the bytes end early or say something that no list can be. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
