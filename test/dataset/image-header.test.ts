import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { readImageHeader } from '../../src/dataset/image-header.js';
import { pngFile } from './png-fixture.js';

describe('readImageHeader', () => {
  test.each([
    ['gray', 8, 'gray'],
    ['gray', 16, 'gray'],
    ['rgb', 8, 'colour'],
    ['grayAlpha', 8, 'gray'],
    ['rgba', 16, 'colour'],
  ] as const)('reads a PNG of %s at %i bits', (colour, bits, samples) => {
    const pixel = { gray: [1], rgb: [1, 2, 3], grayAlpha: [1, 2], rgba: [1, 2, 3, 4] }[colour];
    const png = pngFile(colour, bits, 24, () => pixel);
    expect(readImageHeader(png)).toEqual({ format: 'PNG', width: 24, height: 24, bits, samples });
  });

  test('reads a palette, and JPEGs of any coding with metadata before their sizes', async () => {
    const picture = sharp({ create: { width: 40, height: 24, channels: 3, background: '#123456' } });
    const palette = await picture.clone().png({ palette: true }).toBuffer();
    expect(readImageHeader(palette)).toMatchObject({
      format: 'PNG',
      width: 40,
      height: 24,
      samples: 'palette',
    });
    for (const progressive of [false, true]) {
      const jpeg = await picture.clone().jpeg({ progressive }).withMetadata().toBuffer();
      expect(readImageHeader(jpeg)).toEqual({
        format: 'JPEG',
        width: 40,
        height: 24,
        bits: 8,
        samples: 'colour',
      });
    }
    const gray = await picture.clone().toColourspace('b-w').jpeg().toBuffer();
    expect(readImageHeader(gray)?.samples).toBe('gray');
  });

  test('has no opinion on anything else, whatever follows the first bytes', () => {
    const png = pngFile('gray', 8, 4, () => [0]);
    const jpegs = [
      [0xff, 0xd8, 0xff],
      [0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0],
      [0xff, 0xd8, ...Array<number>(60).fill(0xff)],
    ];
    for (const bytes of [[], [0x89], ...jpegs].map((each) => Uint8Array.from(each))) {
      expect(readImageHeader(bytes)).toBeUndefined();
    }
    for (let length = 0; length < 26; length++)
      expect(readImageHeader(png.subarray(0, length))).toBeUndefined();
    expect(readImageHeader(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBeUndefined();
  });
});
