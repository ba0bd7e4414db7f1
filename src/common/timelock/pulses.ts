import { bls12_381 } from '@noble/curves/bls12-381.js';
import { keyOf, pointOfRound, scalarOf, signatureOf } from './points.js';
import { TimelockError } from './timelock-error.js';

/** Whether `signature` is the beacon's signature of the round. Never throws: pulses come from strangers. */
export function verifyPulse(pulse: { round: bigint; signature: Uint8Array; publicKey: Uint8Array }): boolean {
  try {
    const signature = signatureOf(pulse.signature);
    return bls12_381.shortSignatures.verify(signature, pointOfRound(pulse.round), keyOf(pulse.publicKey));
  } catch (error) {
    if (error instanceof TimelockError) return false;
    throw error;
  }
}

/** The signature of a round, 48 bytes, by a beacon of one's own. @throws TimelockError for a round that is none */
export function signRound(secretKey: Uint8Array, round: bigint): Uint8Array {
  return pointOfRound(round).multiply(secretScalar(secretKey)).toBytes(true);
}

/** The public key of a beacon of one's own, 96 bytes. `secretKey`: 32 bytes, read modulo the order of the group. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return bls12_381.G2.Point.BASE.multiply(secretScalar(secretKey)).toBytes(true);
}

function secretScalar(secretKey: Uint8Array): bigint {
  if (secretKey.length === 32) return scalarOf(secretKey);
  throw new TimelockError(`Expected 32 bytes for the secret key but received ${secretKey.length}`);
}
