import { crc32, deflateSync } from 'node:zlib';

/** PNG colour types and how many samples a pixel has. */
const SAMPLES = { gray: 1, rgb: 3, grayAlpha: 2, rgba: 4 } as const;
const COLOUR_TYPE = { gray: 0, rgb: 2, grayAlpha: 4, rgba: 6 } as const;

/**
 * A PNG written by hand, so that the decoder is not checked against its own encoder. `pixel` gives the samples at
 * (x, y), 0..255 or 0..65535 by depth.
 */
export function pngFile(
  colour: keyof typeof SAMPLES,
  depth: 8 | 16,
  size: number,
  pixel: (x: number, y: number) => readonly number[],
): Buffer {
  const bytes = depth / 8;
  const stride = 1 + size * SAMPLES[colour] * bytes;
  const raw = Buffer.alloc(size * stride);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      pixel(x, y).forEach((value, sample) => {
        raw.writeUIntBE(value, y * stride + 1 + (x * SAMPLES[colour] + sample) * bytes, bytes);
      });
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([depth, COLOUR_TYPE[colour]], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const out = Buffer.alloc(typed.length + 8);
  out.writeUInt32BE(body.length, 0);
  typed.copy(out, 4);
  out.writeUInt32BE(crc32(typed), typed.length + 4);
  return out;
}
