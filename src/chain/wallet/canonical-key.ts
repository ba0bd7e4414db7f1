import { HealthTensorError } from '../../common/errors.js';

/**
 * An sr25519 secret is 64 bytes: a scalar and a nonce. Wallet files hold schnorrkel's canonical scalar, polkadot.js
 * keeps the "ed25519-expanded" form, eight times as large. Signing with the wrong one gives signatures that no chain
 * accepts, so the two are converted here and nowhere else.
 */

/** Canonical (wallet file) to polkadot.js. */
export function expandSecret(canonical: Uint8Array): Uint8Array {
  return withScalar(canonical, (scalar) => scalar << 3n);
}

/** polkadot.js to canonical (wallet file). */
export function canonicalSecret(expanded: Uint8Array): Uint8Array {
  return withScalar(expanded, (scalar) => scalar >> 3n);
}

/** The number in the first 32 bytes of a secret. */
export function scalarOf(secret: Uint8Array): bigint {
  if (secret.length !== 64) {
    throw new HealthTensorError(
      'BAD_SECRET',
      `Expected a secret key of 64 bytes but received ${secret.length}`,
    );
  }
  return BigInt(`0x${Buffer.from(secret.subarray(0, 32)).reverse().toString('hex')}`);
}

function withScalar(secret: Uint8Array, change: (scalar: bigint) => bigint): Uint8Array {
  const changed = BigInt.asUintN(256, change(scalarOf(secret)));
  const scalar = Buffer.from(changed.toString(16).padStart(64, '0'), 'hex').reverse();
  return Uint8Array.from([...scalar, ...secret.subarray(32)]);
}
