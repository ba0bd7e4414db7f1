import { decodeAddress, encodeAddress } from '@polkadot/util-crypto';
import { HealthTensorError } from '../common/errors.js';

/** Bittensor's addresses use the generic Substrate prefix. */
const SS58_PREFIX = 42;

/**
 * The 32 bytes of an account's public key.
 * @throws HealthTensorError BAD_ADDRESS when the text is no SS58 address of prefix 42.
 */
export function publicKeyOf(address: string): Uint8Array {
  let key: Uint8Array | undefined;
  try {
    key = decodeAddress(address, false, SS58_PREFIX);
  } catch {
    // Reported below, together with keys of another length.
  }
  if (key?.length === 32 && !address.startsWith('0x')) return key;
  throw new HealthTensorError(
    'BAD_ADDRESS',
    `Expected an SS58 address of prefix ${SS58_PREFIX} (48 characters that begin with 5) but received ${JSON.stringify(address)}`,
  );
}

/** The SS58 address, prefix 42, of a public key of 32 bytes. */
export function addressOf(publicKey: Uint8Array): string {
  return encodeAddress(publicKey, SS58_PREFIX);
}
