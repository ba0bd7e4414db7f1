import type { Enum, Struct } from '@polkadot/types';
import type { Codec, INumber } from '@polkadot/types/types';
import { HealthTensorError } from '../common/errors.js';
import { MAX_COMMITMENT_BYTES } from './commitment-text.js';

/** What is read of a stored commitment (Registration of the Commitments pallet). */
export interface StoredCommitment {
  readonly block: number;
  /** The text, when the commitment is one field of raw bytes (Raw0..Raw128 or BigRaw) in UTF-8. */
  readonly text: string | undefined;
}

/**
 * Reads a stored commitment, whatever a stranger put there: several fields, hashes, timelocked fields and invalid UTF-8
 * all have an answer.
 * @throws HealthTensorError RUNTIME_UNKNOWN when a newer runtime stores commitments in another shape.
 */
export function readCommitment(registration: Codec): StoredCommitment {
  const { block, info } = registration as Struct & { block?: INumber; info?: { fields?: Iterable<Enum> } };
  if (block === undefined || info?.fields === undefined) {
    throw new HealthTensorError(
      'RUNTIME_UNKNOWN',
      'The runtime of the chain stores commitments in an unknown shape',
      { remedy: 'Update HealthTensor.' },
    );
  }
  const [field, ...others] = info.fields;
  const plain = field !== undefined && others.length === 0 && /^(Raw\d{1,3}|BigRaw)$/.test(field.type);
  return { block: block.toNumber(), text: plain ? utf8(field.value.toU8a(true)) : undefined };
}

function utf8(bytes: Uint8Array): string | undefined {
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
