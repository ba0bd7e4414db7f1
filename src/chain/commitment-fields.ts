import type { Codec } from '@polkadot/types-codec/types';
import { MAX_COMMITMENT_BYTES } from './commitment-text.js';

/** What is read of a stored commitment (Registration of the Commitments pallet). */
export interface StoredCommitment {
  readonly block: number;
  /** The text, when the commitment is one field of raw bytes (Raw0..Raw128 or BigRaw) in UTF-8. */
  readonly text: string | undefined;
}

/**
 * Reads a stored commitment, whatever a stranger put there. Total: bytes that do not decode, kinds of fields that this
 * runtime has newly got, hashes, timelocked fields and invalid UTF-8 all have an answer, never an exception.
 * @param decode the metadata's decoder for the value; it may throw
 * @returns undefined when the bytes are no Registration at all
 */
export function readCommitment(
  decode: (value: string) => Codec,
  value: string,
): StoredCommitment | undefined {
  let json: unknown;
  try {
    const codec = decode(value);
    // Left-over bytes mean that the value has another shape than the metadata says.
    if (codec.encodedLength !== (value.length - 2) / 2) return undefined;
    json = codec.toJSON();
  } catch {
    return undefined;
  }
  const { block, info } = objectOf(json);
  if (typeof block !== 'number') return undefined;
  const { fields } = objectOf(info);
  return { block, text: Array.isArray(fields) && fields.length === 1 ? rawText(fields[0]) : undefined };
}

/** `{raw35: '0x…'}` or `{bigRaw: '0x…'}`, as polkadot.js renders the pallet's Data. */
function rawText(field: unknown): string | undefined {
  const entries = Object.entries(objectOf(field));
  const [name, content] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined || !/^(raw\d{1,3}|bigRaw)$/.test(name)) return undefined;
  if (typeof content !== 'string' || !/^0x(?:[0-9a-f]{2})*$/.test(content)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(content.slice(2), 'hex'),
    );
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

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
