/**
 * A square picture of radiographic density: 0 is air around the body, 1 is bone on bone. Coordinates run over the unit
 * square, y downward.
 */
export class Raster {
  readonly size: number;
  readonly density: Float32Array;

  constructor(size: number) {
    this.size = size;
    this.density = new Float32Array(size * size);
  }

  /** Calls `paint` for the centre of each pixel in the box. */
  forEach(
    left: number,
    top: number,
    right: number,
    bottom: number,
    paint: (x: number, y: number, index: number) => void,
  ): void {
    const { size } = this;
    const first = (edge: number) => Math.max(0, Math.floor(edge * size));
    const last = (edge: number) => Math.min(size - 1, Math.ceil(edge * size));
    for (let row = first(top); row <= last(bottom); row++) {
      for (let column = first(left); column <= last(right); column++) {
        paint((column + 0.5) / size, (row + 0.5) / size, row * size + column);
      }
    }
  }

  /** Adds a soft round spot: full within `radius * (1 - softness)`, fading to nothing at `radius`. */
  spot(x: number, y: number, radius: number, softness: number, amount: number, clip?: Float32Array): void {
    const fade = Math.max(softness, 1 / (radius * this.size));
    this.forEach(x - radius, y - radius, x + radius, y + radius, (px, py, index) => {
      const away = Math.sqrt((px - x) ** 2 + (py - y) ** 2) / radius;
      if (away < 1) this.#add(index, amount * smooth((1 - away) / fade), clip);
    });
  }

  /** Adds a soft line along the points; its width and amount shrink to the share `taper` at its end. */
  line(points: readonly Point[], width: number, amount: number, clip?: Float32Array, taper = 1): void {
    // Thinner than a pixel a line would fall between them: draw it a pixel wide and fainter.
    const pixel = 0.8 / this.size;
    for (const { x, y, along, step } of walk(points, Math.max(width * taper, pixel) * 0.7)) {
      const share = 1 + (taper - 1) * along;
      const wide = Math.max(width * share, pixel);
      // Gaussian dabs of deviation wide / 2, `step` apart, that add up to the amount on the line's middle.
      const weight = (amount * share * Math.min(1, (width * share) / pixel) * step) / (wide * 1.2533);
      const reach = 1.5 * wide;
      this.forEach(x - reach, y - reach, x + reach, y + reach, (px, py, index) => {
        const away = ((px - x) ** 2 + (py - y) ** 2) / (wide * wide);
        if (away < 2.25) this.#add(index, weight * Math.exp(-2 * away), clip);
      });
    }
  }

  #add(index: number, amount: number, clip: Float32Array | undefined): void {
    const share = clip === undefined ? 1 : (clip[index] as number);
    this.density[index] = (this.density[index] as number) + amount * share;
  }
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** 0 below 0, 1 above 1, and a smooth step between. */
export function smooth(value: number): number {
  const t = value < 0 ? 0 : value > 1 ? 1 : value;
  return t * t * (3 - 2 * t);
}

/** From `a` at share 0 to `b` at share 1. */
export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

function* walk(points: readonly Point[], step: number): Generator<Point & { along: number; step: number }> {
  const segments = points.slice(1).map((end, i) => ({ start: points[i] as Point, end }));
  const lengths = segments.map(({ start, end }) =>
    Math.sqrt((end.x - start.x) ** 2 + (end.y - start.y) ** 2),
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let before = 0;
  for (const [i, { start, end }] of segments.entries()) {
    const length = lengths[i] as number;
    const count = Math.max(1, Math.ceil(length / step));
    for (let k = 0; k < count; k++) {
      const share = (k + 0.5) / count;
      yield {
        x: mix(start.x, end.x, share),
        y: mix(start.y, end.y, share),
        along: (before + share * length) / total,
        step: length / count,
      };
    }
    before += length;
  }
}
