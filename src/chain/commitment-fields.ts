import { MAX_COMMITMENT_BYTES } from './commitment-text.js';

/** The `CommitmentInfo` of one Raw field that holds the text, as polkadot.js takes it; undefined over 128 bytes. */
export function rawField(text: string): { fields: [Record<string, string>] } | undefined {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > MAX_COMMITMENT_BYTES) return undefined;
  // As hex: polkadot.js takes a Uint8Array for bytes that begin with their own length.
  return { fields: [{ [`Raw${bytes.length}`]: `0x${bytes.toString('hex')}` }] };
}
