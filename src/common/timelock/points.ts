import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { TimelockError } from './timelock-error.js';

type G1 = InstanceType<typeof bls12_381.G1.Point>;
type G2 = InstanceType<typeof bls12_381.G2.Point>;

/** drand's scheme bls-unchained-g1-rfc9380: signatures in G1, keys in G2, this tag when hashing to the curve. */
const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

/** A signature: 48 bytes compressed, of the right subgroup, not infinity. @throws TimelockError */
export function signatureOf(bytes: Uint8Array): G1 {
  return decoded(bytes, 48, 'signature', (of) => bls12_381.G1.Point.fromBytes(of));
}

/** A key or an ephemeral point: 96 bytes compressed, of the right subgroup, not infinity. @throws TimelockError */
export function keyOf(bytes: Uint8Array, what = 'public key'): G2 {
  return decoded(bytes, 96, what, (of) => bls12_381.G2.Point.fromBytes(of));
}

/** The point that stands for a round: what the beacon multiplies by its secret to sign it. @throws TimelockError */
export function pointOfRound(round: bigint): G1 {
  if (round < 1n || round >= 1n << 64n) throw new TimelockError(`Round ${round} is not in 1 to 2^64 - 1`);
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(round);
  const digest = createHash('sha256').update(message).digest();
  return bls12_381.G1.hashToCurve(digest, { DST }) as G1;
}

/** e(P, Q) as arkworks serialises it: twelve field elements of 48 bytes, each little-endian. */
export function pairingBytes(p: G1, q: G2): Uint8Array {
  const bytes = bls12_381.fields.Fp12.toBytes(bls12_381.pairing(p, q));
  for (let at = 0; at < bytes.length; at += 48) bytes.subarray(at, at + 48).reverse();
  return bytes;
}

/** 32 big-endian bytes modulo the order of the groups. @throws TimelockError when that is zero */
export function scalarOf(bytes: Uint8Array): bigint {
  const { Fr } = bls12_381.fields;
  const scalar = Fr.create(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  if (Fr.is0(scalar)) throw new TimelockError('A scalar must not be zero');
  return scalar;
}

function decoded<Point extends { is0(): boolean; toBytes(compressed: boolean): Uint8Array }>(
  bytes: Uint8Array,
  size: number,
  what: string,
  decode: (bytes: Uint8Array) => Point,
): Point {
  if (bytes.length !== size) {
    throw new TimelockError(`Expected ${size} bytes for the ${what} but received ${bytes.length}`);
  }
  let point: Point;
  try {
    point = decode(Uint8Array.from(bytes)); // checks the equation and the subgroup
  } catch (error) {
    throw new TimelockError(`The ${what} is not a point of its group`, error);
  }
  // The decoder reduces a coordinate over the modulus and arkworks does not: one point, one spelling.
  const canonical = Buffer.compare(point.toBytes(true), bytes) === 0;
  if (point.is0() || !canonical) throw new TimelockError(`The ${what} is not a canonical, finite point`);
  return point;
}
