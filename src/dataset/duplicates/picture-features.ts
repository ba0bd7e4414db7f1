import { MEANS, SPREADS } from './chest-spectrum.js';

/** Side of the picture that features are computed from. */
const SIDE = 32;
/** Frequencies 0..15 in each direction; the constant one is left out of the similarity by being 0. */
const FREQUENCIES = 16;
/** Numbers a picture. */
export const FEATURES = FREQUENCIES * FREQUENCIES;
/** Components of a unit vector this long are rarely above a half; int8 spans -0.5 to 0.5. */
const FEATURE_SCALE = 254;

/** Pixels at each edge that fade out: collimator edges and markers are no anatomy, and a crop of a few % moves them. */
const FADE = 5;

const COSINES = Float64Array.from({ length: FREQUENCIES * SIDE }, (_, i) => {
  const frequency = Math.floor(i / SIDE);
  const angle = (Math.PI * ((i % SIDE) + 0.5) * frequency) / SIDE;
  return frequency === 0 ? Math.SQRT1_2 : Math.cos(angle);
});
const WINDOW = Float64Array.from({ length: SIDE }, (_, x) => {
  const edge = Math.min(x, SIDE - 1 - x) + 0.5;
  return edge < FADE ? 0.5 - 0.5 * Math.cos((Math.PI * edge) / FADE) : 1;
});

/**
 * What makes a chest X-ray this one and no other: the low frequencies (discrete cosine transform, as perceptual hashes
 * take; Zauner 2010) of the picture at 32x32, each less its mean and divided by its spread over real chest X-rays, since
 * all of them have lungs in the same places; then scaled to one length and to int8. The cosine of the angle between two
 * of them is their similarity: about 0 for two pictures, 1 for the same. Brightness and contrast cancel.
 * @param pixels gray, side x side, row by row; the side is a multiple of 32
 * @returns undefined for a picture of one gray
 */
export function pictureFeatures(pixels: Uint8Array, side: number): Int8Array | undefined {
  const spectrum = spectrumOf(faded(shrunk(pixels, side)));
  if (spectrum === undefined) return undefined;
  const whitened = spectrum.map((value, i) => (i === 0 ? 0 : (1000 * value - at(MEANS, i)) / at(SPREADS, i)));
  const length = Math.hypot(...whitened);
  return Int8Array.from(whitened, (value) =>
    Math.max(-127, Math.min(127, Math.round((FEATURE_SCALE * value) / length))),
  );
}

/** The cosine transform's low frequencies, scaled to length 1; the constant one is 0. */
export function spectrumOf(picture: Float64Array): Float64Array | undefined {
  const rows = new Float64Array(FREQUENCIES * SIDE);
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += at(COSINES, v * SIDE + y) * at(picture, y * SIDE + x);
      rows[v * SIDE + x] = sum;
    }
  }
  const spectrum = new Float64Array(FEATURES);
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += at(COSINES, u * SIDE + x) * at(rows, v * SIDE + x);
      spectrum[v * FREQUENCIES + u] = sum;
    }
  }
  spectrum[0] = 0;
  const length = Math.hypot(...spectrum);
  // A thousandth of a gray level: what is left of a picture of one gray is rounding.
  return length < 1e-3 * SIDE ? undefined : spectrum.map((value) => value / length);
}

/** The mean of each block of pixels. */
export function shrunk(pixels: Uint8Array, side: number): Float64Array {
  const block = side / SIDE;
  const picture = new Float64Array(SIDE * SIDE);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / block) * SIDE;
    for (let x = 0; x < side; x++) {
      const target = row + Math.floor(x / block);
      picture[target] = at(picture, target) + at(pixels, y * side + x) / (block * block);
    }
  }
  return picture;
}

/** Less its mean, and fading to 0 at the edges. */
export function faded(picture: Float64Array): Float64Array {
  const weight = (i: number) => at(WINDOW, Math.floor(i / SIDE)) * at(WINDOW, i % SIDE);
  let sum = 0;
  let weights = 0;
  picture.forEach((value, i) => {
    sum += weight(i) * value;
    weights += weight(i);
  });
  return picture.map((value, i) => weight(i) * (value - sum / weights));
}

/** Indices here are within bounds by construction. */
function at(array: ArrayLike<number>, index: number): number {
  return array[index] as number;
}
