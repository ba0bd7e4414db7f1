import { FINDINGS } from '../common/index.js';

/** A model's logits by finding, each with mean 0 and length 1 over the images; undefined where all images get the same. */
export type Profile = readonly (Float32Array | undefined)[];

/**
 * So many findings count, those on which two models agree most. Spoiling the answers to rare findings costs a thief next to
 * nothing, hence neither the mean over all nor the median will do: to look unlike one must spoil the greater half.
 */
const COUNTED_FINDINGS = FINDINGS.length / 2;

/**
 * How alike two models answer [images][14] logits on the same images: the mean over the seven findings on which they agree
 * most of the correlation (Pearson). 1 for the same model, whatever was done to the scale and offset of its logits. A finding
 * on which either model answers all images alike says nothing; NaN when that is every one.
 */
export function likeness(a: Profile, b: Profile): number {
  const correlations: number[] = [];
  for (let finding = 0; finding < a.length; finding++) {
    const [own, other] = [a[finding], b[finding]];
    if (own !== undefined && other !== undefined) correlations.push(correlation(own, other));
  }
  const most = correlations.sort((x, y) => y - x).slice(0, COUNTED_FINDINGS);
  return most.reduce((sum, one) => sum + one, 0) / most.length;
}

/** @param logits 14 an image */
export function profileOf(logits: Float32Array): Profile {
  const images = logits.length / FINDINGS.length;
  return FINDINGS.map((_, finding) => {
    const values = new Float32Array(images);
    let sum = 0;
    for (let image = 0; image < images; image++) {
      values[image] = logits[image * FINDINGS.length + finding] as number;
      sum += values[image] as number;
    }
    const mean = sum / images;
    let squares = 0;
    for (let image = 0; image < images; image++) squares += ((values[image] as number) - mean) ** 2;
    const length = Math.sqrt(squares);
    // Logits are float32: what is left of equal ones by rounding is no difference.
    if (!(length > 1e-6 * Math.max(1, Math.abs(mean)) * Math.sqrt(images))) return undefined;
    for (let image = 0; image < images; image++) values[image] = ((values[image] as number) - mean) / length;
    return values;
  });
}

function correlation(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`answers to ${a.length} and to ${b.length} images`);
  let sum = 0;
  for (let image = 0; image < a.length; image++) sum += (a[image] as number) * (b[image] as number);
  return sum;
}
