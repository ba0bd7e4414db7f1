import { randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { argon2i } from './argon2i.js';
import { unreadable } from './keyfile-error.js';

/** The wallets' format of today: `$NACL`, a nonce of 24 bytes, and a secretbox of libsodium. */
export const NACL_PREFIX = '$NACL';

const NONCE_BYTES = 24;
const TAG_BYTES = 16;
/** The same for every wallet (btwallet, src/keyfile.rs). */
const SALT = Buffer.from('137183dff15a09bc9c90b5518739e9b1', 'hex');

/** libsodium's OPSLIMIT_SENSITIVE and MEMLIMIT_SENSITIVE of argon2i13: about six seconds and 512 MiB. */
export function naclKey(password: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  return argon2i({ password, salt: SALT, passes: 8, kibibytes: 512 * 1024 }, signal);
}

/** The two parts of the file. @throws HealthTensorError WALLET_UNREADABLE when it is cut short */
export function naclParts(bytes: Uint8Array, file: string): { nonce: Uint8Array; box: Uint8Array } {
  const sealed = bytes.subarray(NACL_PREFIX.length);
  if (sealed.length <= NONCE_BYTES + TAG_BYTES) throw unreadable(file, 'its NaCl box is cut short');
  return { nonce: sealed.subarray(0, NONCE_BYTES), box: sealed.subarray(NONCE_BYTES) };
}

/** What is in the box; undefined when the key does not open it. */
export function openNacl(
  { nonce, box }: { nonce: Uint8Array; box: Uint8Array },
  key: Uint8Array,
): Uint8Array | undefined {
  try {
    return xsalsa20poly1305(key, nonce).decrypt(box);
  } catch {
    return undefined; // its only reason here: the tag does not fit
  }
}

/** The whole file around `plain`. */
export function sealNacl(plain: Uint8Array, key: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  return Buffer.concat([Buffer.from(NACL_PREFIX), nonce, xsalsa20poly1305(key, nonce).encrypt(plain)]);
}
