import { createHash } from 'node:crypto';
import { HealthTensorError } from '../common/index.js';

/**
 * Splits by patient, so that no patient is on both sides: images of one person resemble each other more than two
 * people with the same disease do, and a split by image would measure recognition of people. Which patients go where
 * depends on the seed and the patients alone, not on the order of the rows. The validation side gets about
 * `validationFraction` (0 or more, below 1) of the images; both sides get at least one patient unless it is 0.
 * Returns row indices in rising order; HealthTensorError TOO_FEW_PATIENTS when there are fewer than two.
 */
export function splitByPatient(
  images: readonly { readonly patient: string }[],
  options: { validationFraction: number; seed: number },
): { train: Uint32Array; validation: Uint32Array } {
  const { validationFraction, seed } = options;
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new RangeError(`validationFraction must be in [0, 1) but is ${validationFraction}`);
  }
  const counts = new Map<string, number>();
  for (const { patient } of images) counts.set(patient, (counts.get(patient) ?? 0) + 1);
  const chosen =
    validationFraction === 0 ? new Set<string>() : choose(counts, validationFraction * images.length, seed);
  const train: number[] = [];
  const validation: number[] = [];
  images.forEach(({ patient }, index) => (chosen.has(patient) ? validation : train).push(index));
  return { train: Uint32Array.from(train), validation: Uint32Array.from(validation) };
}

function choose(counts: ReadonlyMap<string, number>, wanted: number, seed: number): Set<string> {
  if (counts.size < 2) {
    throw new HealthTensorError(
      'TOO_FEW_PATIENTS',
      `Splitting needs two patients but the data set has ${counts.size}`,
      {
        remedy:
          'Name images <patient>_<number>.png, so that the part before the last _ tells patients apart.',
      },
    );
  }
  const order = [...counts.keys()]
    .map((patient) => ({ patient, rank: createHash('sha256').update(`${seed}\n${patient}`).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ patient }) => patient);
  const chosen = new Set<string>();
  let images = 0;
  for (const patient of order) {
    const own = counts.get(patient) as number;
    // A patient with many images is taken only when that brings the count nearer to what is wanted.
    if (chosen.size < counts.size - 1 && images + own / 2 <= wanted) {
      chosen.add(patient);
      images += own;
    }
  }
  if (chosen.size === 0) {
    chosen.add(
      order.reduce((least, patient) =>
        (counts.get(patient) as number) < (counts.get(least) as number) ? patient : least,
      ),
    );
  }
  return chosen;
}
