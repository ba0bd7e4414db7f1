import { describe, expect, test } from '@jest/globals';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { decodeGray } from '../../src/dataset/decode.js';
import { pngFile } from './png-fixture.js';

const ramp = (x: number) => Math.min(255, x * 4);

describe('decodeGray', () => {
  test.each([
    ['gray', 8, (v: number) => [v]],
    ['gray', 16, (v: number) => [v * 257]],
    ['rgb', 8, (v: number) => [v, v, v]],
    ['rgb', 16, (v: number) => [v * 257, v * 257, v * 257]],
    ['grayAlpha', 8, (v: number) => [v, 255]],
    ['grayAlpha', 16, (v: number) => [v * 257, 65535]],
    ['rgba', 8, (v: number) => [v, v, v, 255]],
    ['rgba', 16, (v: number) => [v * 257, v * 257, v * 257, 65535]],
  ] as const)('gives the same exact grays from %s at %i bits', async (colour, depth, samples) => {
    const pixels = await decodeGray(
      pngFile(colour, depth, 64, (x) => samples(ramp(x))),
      64,
    );
    expect(Array.from(pixels.subarray(64, 128))).toEqual(Array.from({ length: 64 }, (_, x) => ramp(x)));
    expect(pixels.length).toBe(64 * 64);
  });

  test('16-bit values between two grays are rounded, not wrapped or stretched', async () => {
    const pixels = await decodeGray(
      pngFile('gray', 16, 32, (x) => [x * 1000]),
      32,
    );
    for (let x = 0; x < 32; x++)
      expect(Math.abs((pixels[x] as number) - (x * 1000) / 257)).toBeLessThanOrEqual(1);
  });

  test('transparent parts become black', async () => {
    const pixels = await decodeGray(
      pngFile('rgba', 8, 32, (x) => [200, 200, 200, x < 16 ? 0 : 255]),
      32,
    );
    expect([pixels[2], pixels[29]]).toEqual([0, 200]);
  });

  test('reads JPEG', async () => {
    const jpeg = await sharp({ create: { width: 50, height: 30, channels: 3, background: '#646464' } })
      .jpeg()
      .toBuffer();
    const pixels = await decodeGray(jpeg, 32);
    expect(pixels.every((value) => Math.abs(value - 100) <= 1)).toBe(true);
  });

  test('reducing averages the pixels it leaves out and does not ring at edges', async () => {
    const edge = await decodeGray(
      pngFile('gray', 8, 128, (x) => [x < 62 ? 40 : 200]),
      32,
    );
    expect(Math.min(...edge)).toBe(40);
    expect(Math.max(...edge)).toBe(200);
    const stripes = await decodeGray(
      pngFile('gray', 8, 256, (x) => [x % 2 ? 0 : 200]),
      32,
    );
    expect(stripes.every((value) => Math.abs(value - 100) <= 2)).toBe(true);
  });

  test('squashes a wide picture instead of cropping it', async () => {
    const wide = await sharp(Buffer.from(Array.from({ length: 64 * 32 }, (_, i) => (i % 64 < 8 ? 255 : 0))), {
      raw: { width: 64, height: 32, channels: 1 },
    })
      .png()
      .toBuffer();
    const pixels = await decodeGray(wide, 32);
    expect([pixels[1], pixels[10]]).toEqual([255, 0]);
  });

  const whole = pngFile('gray', 8, 200, (x, y) => [(x * 31 + y * 17 + ((x * y) % 13)) % 256]);
  test.each([
    ['a truncated PNG', whole.subarray(0, Math.floor(whole.length * 0.6))],
    ['a signature alone', whole.subarray(0, 8)],
    ['an SVG named .png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['no bytes', Buffer.alloc(0)],
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
  ])('refuses %s', async (_, bytes) => {
    await expect(decodeGray(bytes, 32)).rejects.toThrow();
  });

  test('refuses a JPEG whose scans repeat', async () => {
    const jpeg = await sharp({ create: { width: 2048, height: 2048, channels: 3, background: '#888' } })
      .jpeg({ progressive: true })
      .toBuffer();
    const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
    const bomb = Buffer.concat([
      jpeg.subarray(0, -2),
      ...Array<Buffer>(50_000).fill(scan),
      jpeg.subarray(-2),
    ]);
    await expect(decodeGray(bomb, 32)).rejects.toThrow();
  });

  test('refuses a PNG that claims sizes beyond all pictures', async () => {
    for (const [width, height] of [
      [0x7fff_ffff, 0x7fff_ffff],
      [0x7fff_ffff, 1],
      [0, 0],
    ] as const) {
      const bytes = Buffer.from(pngFile('gray', 8, 32, () => [0]));
      bytes.writeUInt32BE(width, 16);
      bytes.writeUInt32BE(height, 20);
      bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
      await expect(decodeGray(bytes, 32)).rejects.toThrow(/header|limit/);
    }
  });

  test('refuses a small file that unfolds to more than 4096x4096 pixels', async () => {
    const bomb = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan(200_000);
    await expect(decodeGray(bomb, 32)).rejects.toThrow(/pixel limit/);
  });
});
