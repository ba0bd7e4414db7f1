import { hexToU8a, u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { ByteReader } from '../codec/bytes.js';
import type { Variant } from '../codec/scale-codec.js';
import { runtimeCall, type RuntimeCall } from '../calls/call.js';
import { callRules } from '../calls/call-table.js';
import type { ChainMetadata } from '../metadata/build-metadata.js';
import type { Account } from '../state/items.js';
import { readEra, type Era } from './era.js';

/** A signed version 4 extrinsic, taken apart but not yet believed. */
export interface SignedExtrinsic {
  /** The bytes as they came, with their length prefix: what blocks carry. */
  readonly hex: string;
  readonly hash: string;
  readonly signer: Account;
  readonly signature: { readonly kind: 'ed25519' | 'sr25519' | 'ecdsa'; readonly bytes: Uint8Array };
  readonly era: Era;
  readonly nonce: number;
  readonly tip: bigint;
  /** Mode of CheckMetadataHash: 0, no hash is signed. */
  readonly metadataHashMode: number;
  readonly call: RuntimeCall;
  /** Parts of the signed payload as they stand in the extrinsic. */
  readonly callBytes: Uint8Array;
  readonly extensionBytes: Uint8Array;
}

/** The bytes are no extrinsic that this runtime could decode. */
export class UndecodableExtrinsic extends Error {}

const SIGNED_V4 = 0x84;
const SIGNATURES = ['ed25519', 'sr25519', 'ecdsa'] as const;

/** Takes an extrinsic apart. Throws UndecodableExtrinsic for anything that the runtime would not decode. */
export function decodeExtrinsic(hex: string, metadata: ChainMetadata): SignedExtrinsic {
  try {
    return decode(hex, metadata);
  } catch (error) {
    if (error instanceof UndecodableExtrinsic) throw error;
    throw new UndecodableExtrinsic(error instanceof Error ? error.message : String(error));
  }
}

function decode(hex: string, metadata: ChainMetadata): SignedExtrinsic {
  const bytes = hexToU8a(hex);
  const reader = new ByteReader(bytes);
  const length = reader.length();
  if (length !== reader.remaining) {
    throw new UndecodableExtrinsic(
      `the length prefix says ${length} bytes but there are ${reader.remaining}`,
    );
  }
  const version = reader.byte();
  if (version !== SIGNED_V4)
    throw new UndecodableExtrinsic(`expected a signed version 4 extrinsic, not ${version}`);
  const address = metadata.codec.read(metadata.typeId('MultiAddress'), reader) as Variant;
  if (address.type !== 'Id')
    throw new UndecodableExtrinsic(`an address of kind ${address.type} cannot be looked up`);
  const kind = SIGNATURES[reader.byte()];
  if (kind === undefined) throw new UndecodableExtrinsic('unknown kind of signature');
  const signature = reader.take(kind === 'ecdsa' ? 65 : 64);
  const extensionsFrom = reader.position;
  const era = readEra(reader);
  const nonce = reader.compact();
  const tip = reader.compact();
  const metadataHashMode = reader.byte();
  if (nonce >= 1n << 32n || tip >= 1n << 64n || metadataHashMode > 1) {
    throw new UndecodableExtrinsic('nonce, tip or metadata hash mode is out of range');
  }
  const callFrom = reader.position;
  const decoded = metadata.codec.read(metadata.typeId('RuntimeCall'), reader) as Variant;
  if (reader.remaining > 0) throw new UndecodableExtrinsic(`${reader.remaining} bytes follow the call`);
  const call = runtimeCall(decoded);
  if (callRules(call)?.wellFormed?.(call.args) === false) {
    throw new UndecodableExtrinsic(`a list in ${call.pallet}.${call.name} is longer than its bound`);
  }
  return {
    hex: u8aToHex(bytes),
    hash: blake2AsHex(bytes, 256),
    signer: address.value as Account,
    signature: { kind, bytes: signature },
    era,
    nonce: Number(nonce),
    tip,
    metadataHashMode,
    call,
    callBytes: bytes.subarray(callFrom),
    extensionBytes: bytes.subarray(extensionsFrom, callFrom),
  };
}
