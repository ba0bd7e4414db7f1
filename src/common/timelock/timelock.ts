import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { readCiphertext, writeCiphertext } from './ciphertext-bytes.js';
import { keyOf, pairingBytes, pointOfRound, scalarOf, signatureOf } from './points.js';
import { TimelockError } from './timelock-error.js';

/** How many bytes longer a ciphertext is than its plaintext. */
export const TIMELOCK_OVERHEAD = 244;

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/**
 * Encrypts to a round of a drand network: whoever has the round's signature can decrypt, nobody before. Identity-based
 * encryption of Boneh and Franklin (CRYPTO 2001, the CCA-secure FullIdent) over BLS12-381 with the round as the
 * identity, around AES-256-GCM; the bytes are those of the `tle` crate that subtensor decrypts with. About 30 ms.
 * `random` is for tests; it is asked for the key (32 bytes), sigma's seed (32) and the nonce (12).
 * @throws TimelockError for a round or a public key that is none
 */
export function timelockEncrypt(
  plain: Uint8Array,
  o: { round: bigint; publicKey: Uint8Array; random?: (bytes: number) => Uint8Array },
): Uint8Array {
  const random = o.random ?? randomBytes;
  const identity = pointOfRound(o.round);
  const publicKey = keyOf(o.publicKey);
  const key = random(32);
  const sigma = sha256(random(32));
  const nonce = random(12);
  const r = scalarOf(sha256(sigma, key));
  const u = bls12_381.G2.Point.BASE.multiply(r).toBytes(true);
  const v = xor(sigma, sha256(pairingBytes(identity.multiply(r), publicKey)));
  const w = xor(key, sha256(sigma));
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return writeCiphertext({ u, v, w, sealed, nonce });
}

/**
 * Decrypts with the signature of the round that `ciphertext` was encrypted to. The bytes may be anybody's.
 * @throws TimelockError for bytes that are no ciphertext, that were changed, or that belong to another round
 */
export function timelockDecrypt(ciphertext: Uint8Array, signature: Uint8Array): Uint8Array {
  const parts = readCiphertext(ciphertext);
  const u = keyOf(parts.u, 'ephemeral point');
  const sigma = xor(parts.v, sha256(pairingBytes(signatureOf(signature), u)));
  const key = xor(parts.w, sha256(sigma));
  // What makes it CCA-secure: the sender must have known sigma and the key.
  if (!bls12_381.G2.Point.BASE.multiply(scalarOf(sha256(sigma, key))).equals(u)) {
    throw new TimelockError('The ciphertext was changed, or encrypted to another round');
  }
  const { sealed } = parts;
  const decipher = createDecipheriv(CIPHER, key, parts.nonce);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    const opened = [decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()];
    return Uint8Array.from(Buffer.concat(opened));
  } catch (error) {
    throw new TimelockError('The ciphertext was changed: its tag does not fit', error);
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ (b[at] ?? 0));
}
