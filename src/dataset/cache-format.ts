import { createHash } from 'node:crypto';
import { FINDINGS } from '../common/index.js';
import { DECODER } from './decode.js';

/**
 * The pixel cache, as the native side reads it. Little-endian:
 * 0 magic | 8 u32 version | 12 u32 imageSize | 16 u32 channels | 20 u32 classes | 24 u64 images N | 32 fingerprint (32 bytes) |
 * 64 sources (32 bytes; for us alone) | zeros to 4096 | N*S*S uint8 gray pixels, row-major | N u16 label bits.
 */
export const HEADER_BYTES = 4096;
const MAGIC = 'HTPIXEL1';
const VERSION = 1;
const CHANNELS = 1;

export interface CacheHeader {
  readonly imageSize: number;
  readonly images: number;
  /** See `fingerprintOf`. */
  readonly fingerprint: string;
  /** `Sources.fingerprint`: when it differs, the cache is looked at anew. */
  readonly sources: string;
}

/**
 * SHA-256 (64 hex digits) over the way of decoding, the images' files and their labels: a cache with another one has other
 * rows, and a training is bound to it. It is the same on every machine that has the same files.
 */
export function fingerprintOf(filesDigest: string, images: readonly { readonly labels: number }[]): string {
  const labels = encodeLabels(images.map((image) => image.labels));
  return createHash('sha256').update(`${DECODER}\n${filesDigest}\n`).update(labels).digest('hex');
}

/** The 4096 bytes at the start of the file. */
export function encodeHeader(header: CacheHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(header.imageSize, 12);
  bytes.writeUInt32LE(CHANNELS, 16);
  bytes.writeUInt32LE(FINDINGS.length, 20);
  bytes.writeBigUInt64LE(BigInt(header.images), 24);
  bytes.write(header.fingerprint, 32, 'hex');
  bytes.write(header.sources, 64, 'hex');
  return bytes;
}

/** What a file's first bytes say, or undefined when they are no cache of this version. */
export function decodeHeader(bytes: Buffer): CacheHeader | undefined {
  if (bytes.length < 96 || bytes.toString('latin1', 0, 8) !== MAGIC) return undefined;
  const ours =
    bytes.readUInt32LE(8) === VERSION &&
    bytes.readUInt32LE(16) === CHANNELS &&
    bytes.readUInt32LE(20) === FINDINGS.length;
  if (!ours) return undefined;
  return {
    imageSize: bytes.readUInt32LE(12),
    images: Number(bytes.readBigUInt64LE(24)),
    fingerprint: bytes.toString('hex', 32, 64),
    sources: bytes.toString('hex', 64, 96),
  };
}

/** Whether images may have this side in a cache. */
export function isCacheSide(side: number): boolean {
  return Number.isInteger(side) && side % 32 === 0 && side >= 32 && side <= 512;
}

/** Exact size in bytes of a cache of `images` images. */
export function cacheBytes(imageSize: number, images: number): number {
  return labelsOffset(imageSize, images) + 2 * images;
}

/** Where the label bits start. */
export function labelsOffset(imageSize: number, images: number): number {
  return HEADER_BYTES + images * imageSize * imageSize;
}

/** The label bits of all rows as they stand in the file. */
export function encodeLabels(labels: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * labels.length);
  labels.forEach((bits, row) => bytes.writeUInt16LE(bits, 2 * row));
  return bytes;
}
