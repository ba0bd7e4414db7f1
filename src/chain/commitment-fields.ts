import type { CommitmentLayout } from './commitment-layout.js';
import { MAX_COMMITMENT_BYTES } from './commitment-text.js';

/** What is read of a stored commitment (Registration of the Commitments pallet). */
export interface StoredCommitment {
  readonly block: number;
  /** The text, when the commitment is one field of raw bytes (Raw0..Raw128 or BigRaw) in UTF-8. */
  readonly text: string | undefined;
}

/**
 * Reads a stored commitment, whatever a stranger put there. Total: several fields, hashes, timelocked fields, kinds that
 * this runtime has newly got, cut-off bytes and invalid UTF-8 all have an answer, never an exception.
 * @returns undefined when the bytes end before the block number
 */
export function readCommitment(layout: CommitmentLayout, bytes: Buffer): StoredCommitment | undefined {
  const [offset, size] = layout.block;
  if (bytes.length < layout.fields || bytes.length < offset + size) return undefined;
  return { block: bytes.readUIntLE(offset, size), text: onlyText(layout, bytes.subarray(layout.fields)) };
}

function onlyText(layout: CommitmentLayout, fields: Buffer): string | undefined {
  const [count, variant] = fields;
  if (count !== 1 << 2 || variant === undefined) return undefined; // a compact 1
  const length = layout.raw.get(variant);
  const content = fields.subarray(2);
  if (length === undefined) return undefined;
  if (length !== 'prefixed') return content.length === length ? utf8(content) : undefined;
  const prefix = compactLength(content);
  if (prefix === undefined || content.length !== prefix.bytes + prefix.value) return undefined;
  return utf8(content.subarray(prefix.bytes));
}

/** A SCALE compact below 2^30: the two low bits tell how many bytes it takes. */
function compactLength(bytes: Buffer): { value: number; bytes: number } | undefined {
  const mode = (bytes[0] ?? 3) & 3;
  const size = [1, 2, 4][mode];
  if (size === undefined || bytes.length < size) return undefined;
  return { value: bytes.readUIntLE(0, size) >>> 2, bytes: size };
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not UTF-8
  }
}

/** The `CommitmentInfo` of one Raw field that holds the text, as polkadot.js takes it; undefined over 128 bytes. */
export function rawField(text: string): { fields: [Record<string, string>] } | undefined {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > MAX_COMMITMENT_BYTES) return undefined;
  // As hex: polkadot.js takes a Uint8Array for bytes that begin with their own length.
  return { fields: [{ [`Raw${bytes.length}`]: `0x${bytes.toString('hex')}` }] };
}
