import { FINDINGS, type Hotkey, reject, type Rejection } from '../common/index.js';

/** From where on two models are one; docs/scoring.md has the experiment behind it. */
export const NEAR_COPY = {
  /** Of the logits, as `logitCorrelation` defines it. */
  correlation: 0.995,
  /** The same where both have one backbone, or it is not known: heads that were trained on it come out alike. */
  sameBackbone: 0.9995,
  /** Fewer images than this decide nothing. */
  images: 64,
} as const;

/** A model whose answers are known. */
export interface Answered {
  readonly hotkey: Hotkey;
  /** The first block at which this hotkey committed the model. */
  readonly commitBlock: number;
  /** Digest of the tensors that turn an image into features, when it is known. */
  readonly backbone?: string;
  /** Logits [images][14] by the digest of the sample that they answer. */
  readonly logits: ReadonlyMap<string, Float32Array>;
}

/**
 * Finds models whose answers are those of an earlier commitment of somebody else. They are judged in the order of their
 * commitments, each against the models that were kept, on the largest sample that both answered; a pair without a common
 * sample is not judged. Whoever holds several of the models is never a copier of his own.
 */
export function judgeNearCopies(models: readonly Answered[]): Map<Hotkey, Rejection> {
  const originals: Profiled[] = [];
  const copies = new Map<Hotkey, Rejection>();
  for (const model of models.toSorted(byCommitment)) {
    const own = { ...model, profiles: new Map<string, Profile>() };
    let nearest: { original: Profiled; correlation: number; images: number } | undefined;
    for (const original of originals) {
      if (original.hotkey === model.hotkey) continue;
      const least = thresholdOf(own, original);
      const found = correlationOf(own, original, least);
      if (found === undefined || !(found.correlation >= least)) continue;
      if (found.correlation > (nearest?.correlation ?? 0)) nearest = { original, ...found };
    }
    if (nearest === undefined) originals.push(own);
    else copies.set(model.hotkey, nearCopyOf(nearest));
  }
  return copies;
}

/**
 * Mean over the findings of the correlation (Pearson) of two models' logits [images][14] on the same images: 1 for the same
 * model, whatever was done to the scale and offset of its logits. A finding whose logits do not differ between the images
 * of either model says nothing; NaN when that is every one.
 */
export function logitCorrelation(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} logits`);
  return correlation(profileOf(a), profileOf(b));
}

/** Logits by finding, each with mean 0 and length 1; undefined where all are equal. */
type Profile = readonly (Float32Array | undefined)[];

interface Profiled extends Answered {
  /** Made when they are first asked for. */
  readonly profiles: Map<string, Profile>;
}

function thresholdOf({ backbone }: Answered, other: Answered): number {
  const differ = backbone !== undefined && other.backbone !== undefined && backbone !== other.backbone;
  return differ ? NEAR_COPY.correlation : NEAR_COPY.sameBackbone;
}

function correlationOf(
  a: Profiled,
  b: Profiled,
  least: number,
): { correlation: number; images: number } | undefined {
  let largest: string | undefined;
  let logits = 0;
  for (const [sample, { length }] of a.logits) {
    if (length > logits && b.logits.get(sample)?.length === length) [largest, logits] = [sample, length];
  }
  const images = logits / FINDINGS.length;
  if (largest === undefined || images < NEAR_COPY.images) return undefined;
  return {
    correlation: correlation(profile(a, largest), profile(b, largest), least),
    images,
  };
}

function profile(model: Profiled, sample: string): Profile {
  const known = model.profiles.get(sample);
  if (known !== undefined) return known;
  const made = profileOf(model.logits.get(sample) ?? new Float32Array());
  model.profiles.set(sample, made);
  return made;
}

function profileOf(logits: Float32Array): Profile {
  const images = logits.length / FINDINGS.length;
  return FINDINGS.map((_, finding) => {
    const values = Float64Array.from(
      { length: images },
      (_image, i) => logits[i * FINDINGS.length + finding] ?? 0,
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / images;
    const length = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    // Logits are float32: what is left of equal ones by rounding is no difference.
    if (!(length > 1e-6 * Math.max(1, Math.abs(mean)) * Math.sqrt(images))) return undefined;
    return Float32Array.from(values, (value) => (value - mean) / length);
  });
}

/** @param least stop as soon as the mean cannot reach it any more, which is after a finding or two; it is then NaN */
function correlation(a: Profile, b: Profile, least = -1): number {
  const findings = FINDINGS.flatMap((_, finding) => {
    const [own, other] = [a[finding], b[finding]];
    return own === undefined || other === undefined ? [] : [[own, other] as const];
  });
  let missing = 0; // how much the findings so far lack of a correlation of 1
  for (const [own, other] of findings) {
    let product = 0;
    for (let i = 0; i < own.length; i += 1) product += (own[i] ?? 0) * (other[i] ?? 0);
    missing += 1 - product;
    if (missing > (1 - least) * findings.length) return NaN;
  }
  return 1 - missing / findings.length;
}

function nearCopyOf(o: { original: Answered; correlation: number; images: number }): Rejection {
  const { hotkey, commitBlock } = o.original;
  const share = o.correlation.toFixed(5);
  return reject(
    'COPY_OF',
    `answers ${o.images} images as the model of ${hotkey} does, who committed it at block ${commitBlock} (correlation ${share})`,
    {
      by: 'near',
      holder: hotkey,
      holderCommitBlock: commitBlock,
      correlation: Number(share),
      images: o.images,
    },
  );
}

/** Two commitments in one block have no order that the chain tells: the hotkey decides, the same for everybody. */
function byCommitment(a: Answered, b: Answered): number {
  return a.commitBlock - b.commitBlock || (a.hotkey < b.hotkey ? -1 : 1);
}
