import { describe, expect, test } from '@jest/globals';
import { graySpec, viewBatch } from '../support/batch-view.js';
import { uniform } from '../support/safetensors.js';

const SIZE = 32;
const IMAGES = 5;
const PIXELS = SIZE * SIZE;
const random = uniform(3, IMAGES * PIXELS);
const gray = (row: number, x: number, y: number) =>
  Math.floor((random[row * PIXELS + y * SIZE + x] ?? 0) * 256);
const cache = { imageSize: SIZE, images: IMAGES, gray };
const COLOUR = {
  ...graySpec(SIZE),
  channels: 3,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** The nearest bfloat16, ties to even. */
function bfloat16(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const whole = bits.getUint32(0);
  bits.setUint32(0, ((whole + 0x7fff + ((whole >>> 16) & 1)) & 0xffff0000) >>> 0);
  return bits.getFloat32(0);
}

describe('a batch', () => {
  test('holds the gray in each channel, normalised with its mean and deviation, up to the last pixel', async () => {
    const { images } = await viewBatch(cache, { spec: COLOUR });
    const wanted = new Float32Array(IMAGES * PIXELS * 3);
    for (let at = 0; at < wanted.length; at += 1) {
      const pixel = Math.floor(at / 3);
      const value = gray(Math.floor(pixel / PIXELS), pixel % SIZE, Math.floor((pixel % PIXELS) / SIZE)) / 255;
      wanted[at] = (value - (COLOUR.mean[at % 3] ?? 0)) / (COLOUR.std[at % 3] ?? 1);
    }
    expect(images).toEqual(wanted);
  });

  test('has the rows asked for in their order, a row as often as it is named, with its labels', async () => {
    const labels = (row: number) => (row === 3 ? 0b10000000000001 : 0);
    const { images, labels: found } = await viewBatch(
      { ...cache, labels },
      { indices: Uint32Array.of(3, 0, 3) },
    );
    const firsts = [0, 1, 2].map((image) => Math.round((images[image * PIXELS] ?? 0) * 255));
    expect(firsts).toEqual([gray(3, 0, 0), gray(0, 0, 0), gray(3, 0, 0)]);
    const both = [1, ...Array<number>(12).fill(0), 1];
    expect([...found]).toEqual([...both, ...Array<number>(14).fill(0), ...both]);
  });

  test.each([graySpec(SIZE), COLOUR])('is in bf16 the nearest numbers to the fp32 ones', async (spec) => {
    const exact = await viewBatch(cache, { spec });
    const rounded = await viewBatch(cache, { spec, precision: 'bf16' });
    expect(rounded.images).toEqual(exact.images.map(bfloat16));
    expect(rounded.labels).toEqual(exact.labels);
  });

  test('is in fp16 within half a unit in the last place of the fp32 one', async () => {
    const exact = await viewBatch(cache, { spec: COLOUR });
    const rounded = await viewBatch(cache, { spec: COLOUR, precision: 'fp16' });
    const worst = exact.images.map((value, i) => Math.abs((rounded.images[i] ?? NaN) / value - 1));
    expect(Math.max(...worst)).toBeLessThanOrEqual(2 ** -11);
    expect(Math.max(...worst)).toBeGreaterThan(0);
  });

  test.each(['fp32', 'bf16', 'fp16'] as const)(
    'is the same in %s by the operations that serve a GPU',
    async (precision) => {
      for (const spec of [graySpec(SIZE), COLOUR]) {
        const host = await viewBatch(cache, { spec, precision });
        expect(await viewBatch(cache, { spec, precision, byTensors: true })).toEqual(host);
      }
    },
  );

  test('is refused for images of another size and for rows that are not there', async () => {
    await expect(viewBatch(cache, { spec: graySpec(64) })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
    await expect(viewBatch(cache, { indices: Uint32Array.of(5) })).rejects.toMatchObject({
      code: 'BAD_INDEX',
    });
  });
});
