import { hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { ByteWriter } from '../codec/bytes.js';
import type { Changes } from '../state/versioned-store.js';

export interface Header {
  readonly parentHash: string;
  readonly number: number;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
}

export interface Block {
  readonly hash: string;
  readonly header: Header;
  /** Encoded extrinsics with their length prefixes, 0x hex. */
  readonly extrinsics: readonly string[];
}

/** blake2_256 of the SCALE header, as every Substrate client computes it. The digest is empty: nobody seals blocks. */
export function headerHash(header: Header): string {
  const writer = new ByteWriter();
  writer.push(hexToU8a(header.parentHash));
  writer.compact(BigInt(header.number));
  writer.push(hexToU8a(header.stateRoot));
  writer.push(hexToU8a(header.extrinsicsRoot));
  writer.compact(0n);
  return blake2AsHex(writer.bytes(), 256);
}

/** Commits to the extrinsics and their order; no trie, since nobody asks for proofs. */
export function extrinsicsRoot(extrinsics: readonly string[]): string {
  return blake2AsHex(u8aConcat(...extrinsics.map((extrinsic) => hexToU8a(extrinsic))), 256);
}

/** Commits to the state as the parent's root and what changed since, in the order of the keys; no trie either. */
export function stateRoot(parentRoot: string, changes: Changes): string {
  const lines = [...changes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value ?? ''}`);
  return blake2AsHex(`${parentRoot}\n${lines.join('\n')}`, 256);
}

/** The header as JSON-RPC shows it. */
export function headerToJson(header: Header): Record<string, unknown> {
  return { ...header, number: `0x${header.number.toString(16)}`, digest: { logs: [] } };
}

/** The parent of the first block. */
export const ZERO_HASH: string = u8aToHex(new Uint8Array(32));
