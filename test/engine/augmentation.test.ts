import { describe, expect, test } from '@jest/globals';
import type { Augmentation } from '../../src/engine/index.js';
import { grays, viewBatch } from '../support/batch-view.js';
import { uniform } from '../support/safetensors.js';

const SIZE = 64;
const MIDDLE = (SIZE - 1) / 2;
const ALL: Augmentation = {
  rotation: 15,
  shift: 0.1,
  scale: 0.1,
  contrast: 0.2,
  brightness: 0.1,
  noise: 0.02,
  flip: 0.5,
};

/** Gray rises by 2 a pixel to the right, or downwards. */
const rightward = (_row: number, x: number) => 40 + 2 * x;
const downward = (_row: number, _x: number, y: number) => 40 + 2 * y;
const smooth = (_row: number, x: number, y: number) =>
  Math.round(128 + 60 * Math.sin(x / 9) * Math.cos(y / 7) + 40 * Math.sin((x + y) / 11));

/** The place in the source along one axis, as a linear function of the place in the picture. */
interface Plane {
  x: number;
  y: number;
  /** In the middle of the picture. */
  middle: number;
}

/** Fits a plane to the 20 x 20 pixels in the middle of a distorted ramp, which no edge has reached. */
function fit(image: Float64Array): Plane {
  let [sum, x, y, squares] = [0, 0, 0, 0];
  for (let row = 22; row < 42; row += 1) {
    for (let column = 22; column < 42; column += 1) {
      const place = ((image[row * SIZE + column] ?? NaN) - 40) / 2;
      sum += place;
      x += place * (column - MIDDLE);
      y += place * (row - MIDDLE);
      squares += (column - MIDDLE) ** 2;
    }
  }
  return { x: x / squares, y: y / squares, middle: sum / 400 };
}

/** The affine maps that the images of a batch have drawn, found from what became of two ramps. */
async function maps(augmentation: Partial<Augmentation>, images: number, seed = 1) {
  const batch = { imageSize: SIZE, images };
  const right = await viewBatch({ ...batch, gray: rightward }, { augmentation, seed });
  const down = await viewBatch({ ...batch, gray: downward }, { augmentation, seed });
  return Array.from({ length: images }, (_, image) => ({
    x: fit(grays(right.images, SIZE, image)),
    y: fit(grays(down.images, SIZE, image)),
  }));
}

/** A smooth image, or other grays, distorted in `images` ways. */
async function distorted(
  augmentation: Partial<Augmentation>,
  images: number,
  gray: (row: number, x: number, y: number) => number,
  changes: Parameters<typeof viewBatch>[1] = {},
): Promise<Float64Array[]> {
  const { images: values } = await viewBatch({ imageSize: SIZE, images, gray }, { augmentation, ...changes });
  return Array.from({ length: images }, (_, image) => grays(values, SIZE, image));
}

const extent = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

/** Draws fill their range on both sides and stay within it, but for what fitting adds. */
function expectToFill(values: readonly number[], range: number, tolerance: number): void {
  const [low, high] = extent(values);
  expect(low).toBeGreaterThanOrEqual(-range - tolerance);
  expect(low).toBeLessThan(-0.8 * range);
  expect(high).toBeLessThanOrEqual(range + tolerance);
  expect(high).toBeGreaterThan(0.8 * range);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.2 * range);
}

describe('augmentation', () => {
  test('rotates about the middle, by as many degrees to either side, without stretching', async () => {
    const drawn = await maps({ rotation: 20 }, 100);
    for (const { x, y } of drawn) {
      expect(Math.hypot(x.x, x.y)).toBeCloseTo(1, 2);
      expect(y.x).toBeCloseTo(-x.y, 2);
      expect(y.y).toBeCloseTo(x.x, 2);
      expect(x.middle).toBeCloseTo(MIDDLE, 1);
      expect(y.middle).toBeCloseTo(MIDDLE, 1);
    }
    expectToFill(
      drawn.map(({ x }) => (Math.atan2(x.y, x.x) * 180) / Math.PI),
      20,
      0.3,
    );
  });

  test('shifts in both directions on their own, by parts of the size', async () => {
    const drawn = await maps({ shift: 0.1 }, 100);
    for (const { x, y } of drawn) {
      expect([x.x, x.y, y.x, y.y].map((value) => Math.round(value * 100))).toEqual([100, 0, 0, 100]);
    }
    const horizontal = drawn.map(({ x }) => x.middle - MIDDLE);
    const vertical = drawn.map(({ y }) => y.middle - MIDDLE);
    // All pixels are between two in the same way, so that rounding to a gray level, half a pixel, is in the fit.
    expectToFill(horizontal, 6.4, 0.25);
    expectToFill(vertical, 6.4, 0.25);
    const products = horizontal.map((value, i) => value * (vertical[i] ?? NaN));
    // Independent draws: the covariance is far below a variance, 6.4 squared / 3.
    expect(Math.abs(products.reduce((sum, value) => sum + value, 0) / 100)).toBeLessThan(
      0.3 * (6.4 ** 2 / 3),
    );
  });

  test('grows and shrinks about the middle, in both directions alike', async () => {
    const drawn = await maps({ scale: 0.1 }, 100);
    for (const { x, y } of drawn) {
      expect(y.y).toBeCloseTo(x.x, 2);
      expect([x.y, y.x].map((value) => Math.round(value * 100) + 0)).toEqual([0, 0]);
      expect(x.middle).toBeCloseTo(MIDDLE, 1);
    }
    expectToFill(
      drawn.map(({ x }) => 1 / x.x - 1),
      0.1,
      0.01,
    );
  });

  test('is bilinear between pixels, and beyond the edge the edge goes on', async () => {
    const augmentation = { rotation: 25, shift: 0.2, scale: 0.2 };
    const drawn = await maps(augmentation, 12);
    const images = await distorted(augmentation, 12, smooth);
    let outside = 0;
    for (const [image, { x, y }] of drawn.entries()) {
      const place = (plane: Plane, column: number, row: number) =>
        plane.middle + plane.x * (column - MIDDLE) + plane.y * (row - MIDDLE);
      let worst = 0;
      for (let at = 0; at < SIZE * SIZE; at += 1) {
        const [column, row] = [at % SIZE, Math.floor(at / SIZE)];
        const source = [place(x, column, row), place(y, column, row)].map((value) =>
          Math.min(SIZE - 1, Math.max(0, value)),
        ) as [number, number];
        if (source.some((value) => value === 0 || value === SIZE - 1)) outside += 1;
        const [left, top] = source.map((value) => Math.min(SIZE - 2, Math.floor(value))) as [number, number];
        const [right, down] = [source[0] - left, source[1] - top];
        const above = smooth(0, left, top) * (1 - right) + smooth(0, left + 1, top) * right;
        const below = smooth(0, left, top + 1) * (1 - right) + smooth(0, left + 1, top + 1) * right;
        worst = Math.max(worst, Math.abs(above * (1 - down) + below * down - (images[image]?.[at] ?? NaN)));
      }
      // Half a level of rounding, and what a fit that is off by some hundredths of a pixel does to ten levels a pixel.
      expect(worst).toBeLessThan(1.6);
    }
    expect(outside).toBeGreaterThan(1000);
  });

  test('stretches contrast about middle gray and adds brightness to all pixels alike', async () => {
    const grayAt = (_row: number, x: number) => (x % 2 === 0 ? 90 : 165);
    const images = await distorted({ contrast: 0.2, brightness: 0.1 }, 200, grayAt);
    const found = images.map((image) => {
      const [dark, light] = [image[0] ?? NaN, image[1] ?? NaN];
      expect(image.every((value, at) => value === (at % 2 === 0 ? dark : light))).toBe(true);
      return { contrast: (light - dark) / 75 - 1, brightness: (light + dark) / 2 / 255 - 0.5 };
    });
    expectToFill(
      found.map(({ contrast }) => contrast),
      0.2,
      1 / 75,
    );
    expectToFill(
      found.map(({ brightness }) => brightness),
      0.1,
      1 / 255,
    );
  });

  test('keeps to black and white where contrast and brightness lead beyond', async () => {
    const black = await distorted({ brightness: 1 }, 20, (_row, x) => (x % 2) * 255);
    expect(extent(black.flatMap((image) => [...image]))).toEqual([0, 255]);
  });

  test('gives each pixel noise of its own, nearly normal, with the deviation asked for', async () => {
    const images = await distorted({ noise: 0.02 }, 4, () => 128);
    for (const image of images) {
      const errors = [...image].map((value) => value - 128);
      const moment = (power: number) =>
        errors.reduce((sum, error) => sum + error ** power, 0) / errors.length;
      const deviation = Math.sqrt(moment(2));
      expect(Math.abs(moment(1))).toBeLessThan(0.4);
      expect(Math.abs(deviation / (0.02 * 255) - 1)).toBeLessThan(0.05);
      expect(moment(4) / moment(2) ** 2).toBeGreaterThan(2.4); // 3 is normal, 1.8 uniform
      for (const step of [1, 2, SIZE]) {
        const products = errors.slice(step).map((error, at) => error * (errors[at] ?? NaN));
        const correlation =
          products.reduce((sum, value) => sum + value, 0) / products.length / deviation ** 2;
        expect(Math.abs(correlation)).toBeLessThan(0.08);
      }
    }
    expect(images[0]).not.toEqual(images[1]);
  });

  test('mirrors no image unless told to', async () => {
    const drawn = await maps({ ...ALL, contrast: 0, brightness: 0, noise: 0, flip: 0 }, 100);
    for (const { x, y } of drawn) expect(x.x * y.y - x.y * y.x).toBeGreaterThan(0);
  });

  test('mirrors images as often as it is told to, exactly', async () => {
    const gray = (row: number, x: number, y: number) => (row * 7 + x * 3 + y * y) % 256;
    const images = await distorted({ flip: 0.25 }, 200, gray);
    let mirrored = 0;
    for (const [row, image] of images.entries()) {
      const straight = image.every((value, at) => Math.round(value) === gray(row, at % SIZE, at >> 6));
      const turned = image.every(
        (value, at) => Math.round(value) === gray(row, SIZE - 1 - (at % SIZE), at >> 6),
      );
      expect(straight).not.toBe(turned);
      if (turned) mirrored += 1;
    }
    expect(mirrored).toBeGreaterThan(30);
    expect(mirrored).toBeLessThan(70);
  });

  test('with all values zero gives the plain batch to the bit', async () => {
    const cache = { imageSize: SIZE, images: 3, gray: smooth };
    const [first] = await distorted({}, 3, smooth);
    expect(first?.map(Math.round)).toEqual(
      Float64Array.from({ length: SIZE * SIZE }, (_, at) => smooth(0, at % SIZE, at >> 6)),
    );
    // Noise too faint for a gray level runs through the whole distortion and changes nothing.
    const faint = await viewBatch(cache, { augmentation: { noise: 1e-9 } });
    expect(faint).toEqual(await viewBatch(cache, { seed: 5 }));
  });

  test('is the same for one thread and for two, and for a batch that is built in parts', async () => {
    const random = uniform(9, SIZE * SIZE);
    const gray = (_row: number, x: number, y: number) => Math.floor((random[y * SIZE + x] ?? 0) * 256);
    const whole = await distorted(ALL, 8, gray);
    const device = { cuda: false, index: 0, threads: 1 };
    expect(await distorted(ALL, 8, gray, { device })).toEqual(whole);
    const second = await distorted(ALL, 5, gray, { firstPosition: 3 });
    expect(second).toEqual(whole.slice(3));
    expect(await distorted(ALL, 8, gray, { seed: 2 })).not.toEqual(whole);
    // By position, not by row: the same picture is drawn differently each time.
    for (const [at, image] of whole.entries()) expect(image).not.toEqual(whole[(at + 1) % 8]);
  });

  test('leaves the other draws as they were when one change is turned off', async () => {
    const both = await maps({ rotation: 10, shift: 0.05 }, 5);
    const one = await maps({ rotation: 10 }, 5);
    for (const [image, { x }] of both.entries()) {
      const angle = Math.atan2(one[image]?.x.y ?? NaN, one[image]?.x.x ?? NaN);
      expect(Math.abs(Math.atan2(x.y, x.x) - angle)).toBeLessThan(0.015);
    }
  });

  test('reaches the activations in their type: bf16 differs from fp32 by its rounding alone', async () => {
    const exact = await distorted(ALL, 4, smooth);
    const rounded = await distorted(ALL, 4, smooth, { precision: 'bf16' });
    const worst = exact.map((image, i) =>
      Math.max(...image.map((value, at) => Math.abs((rounded[i]?.[at] ?? NaN) - value) / Math.max(value, 1))),
    );
    expect(Math.max(...worst)).toBeLessThanOrEqual(2 ** -8);
    expect(Math.max(...worst)).toBeGreaterThan(0);
  });
});
