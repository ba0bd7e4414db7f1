import { ristretto255 } from '@noble/curves/ed25519.js';
import {
  ed25519PairFromSeed,
  mnemonicToMiniSecret,
  mnemonicValidate,
  sr25519PairFromSeed,
} from '@polkadot/util-crypto';
import { canonicalSecret, expandSecret, scalarOf } from './canonical-key.js';

export type KeyType = 'sr25519' | 'ed25519';

/** As polkadot.js keeps a pair. */
export interface SecretPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** The pair of words; undefined when they are none. */
export function pairFromPhrase(phrase: string, type: KeyType): SecretPair | undefined {
  return mnemonicValidate(phrase) ? pairFromSeed(mnemonicToMiniSecret(phrase), type) : undefined;
}

/** The pair of a seed of 32 bytes. */
export function pairFromSeed(seed: Uint8Array, type: KeyType): SecretPair {
  return type === 'sr25519' ? sr25519PairFromSeed(seed) : ed25519PairFromSeed(seed);
}

/**
 * The pairs that a keyfile's private key may stand for. An ed25519 one begins with its seed, an sr25519 one of 32 bytes
 * is a seed. One of 64 bytes is in schnorrkel's canonical form, or, from tools over polkadot.js, in that library's.
 */
export function pairsFromPrivateKey(privateKey: Uint8Array, type: KeyType): SecretPair[] {
  if (type === 'ed25519' || privateKey.length === 32) return [pairFromSeed(privateKey.slice(0, 32), type)];
  return [pairFromCanonical(privateKey), pairFromCanonical(canonicalSecret(privateKey))].filter(
    (pair) => pair !== undefined,
  );
}

function pairFromCanonical(secret: Uint8Array): SecretPair | undefined {
  const scalar = scalarOf(secret);
  if (scalar === 0n || scalar >= ristretto255.Point.Fn.ORDER) return undefined;
  return { publicKey: ristretto255.Point.BASE.multiply(scalar).toBytes(), secretKey: expandSecret(secret) };
}
