/** Bytes that are hashed at a time, and those of the hash at the end (native/training/checkpoint.cpp). */
export const CHECKSUM_BLOCK = 1 << 16;
export const CHECKSUM_BYTES = 8;

const MAGIC_BYTES = 8;
const POSITION = ['epoch', 'batch', 'steps', 'images'] as const;

/** Changes the position that a checkpoint holds, and its checksum with it. */
export function setPosition(
  file: Buffer,
  position: Partial<Record<(typeof POSITION)[number], bigint>>,
): void {
  let at = MAGIC_BYTES + 8;
  const texts = 2n * file.readBigUInt64LE(MAGIC_BYTES);
  for (let text = 0n; text < texts; text += 1n) at += 8 + Number(file.readBigUInt64LE(at));
  for (const [index, name] of POSITION.entries()) {
    const value = position[name];
    if (value !== undefined) file.writeBigInt64LE(value, at + 8 * index);
  }
  const end = file.length - CHECKSUM_BYTES;
  let hash = 0n;
  for (let start = 0; start < end; start += CHECKSUM_BLOCK) {
    hash = xxHash64(file.subarray(start, Math.min(end, start + CHECKSUM_BLOCK)), hash);
  }
  file.writeBigUInt64LE(hash, end);
}

const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

const u64 = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint) => u64(value << by) | (value >> (64n - by));
const round = (sum: bigint, lane: bigint) => u64(rotate(u64(sum + lane * PRIME_2), 31n) * PRIME_1);

/** XXH64 (the xxHash specification), a second time and independently of the addon's. */
export function xxHash64(bytes: Buffer, seed: bigint): bigint {
  let at = 0;
  let hash = u64(seed + PRIME_5);
  if (bytes.length >= 32) {
    const lanes = [seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1].map(u64);
    for (; bytes.length - at >= 32; at += 32) {
      for (let lane = 0; lane < 4; lane += 1) {
        lanes[lane] = round(lanes[lane] ?? 0n, bytes.readBigUInt64LE(at + 8 * lane));
      }
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes;
    hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; bytes.length - at >= 8; at += 8) {
    hash = u64(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4);
  }
  if (bytes.length - at >= 4) {
    hash = u64(rotate(hash ^ u64(BigInt(bytes.readUInt32LE(at)) * PRIME_1), 23n) * PRIME_2 + PRIME_3);
    at += 4;
  }
  for (; at < bytes.length; at += 1) {
    hash = u64(rotate(hash ^ u64(BigInt(bytes.readUInt8(at)) * PRIME_5), 11n) * PRIME_1);
  }
  hash = u64((hash ^ (hash >> 33n)) * PRIME_2);
  hash = u64((hash ^ (hash >> 29n)) * PRIME_3);
  return hash ^ (hash >> 32n);
}
