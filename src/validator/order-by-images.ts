import type { Comparisons, Measured } from './comparisons.js';
import { type Contender, enoughImages, needsPair, type Ordered, orderModels } from './order.js';

/** Orders models by their losses and by the images that they have in common. `patients`: whose image it is, by row of the data. */
export async function orderByImages<T extends Contender & Measured>(
  models: readonly T[],
  comparisons: Comparisons,
  patients: Uint32Array,
): Promise<Ordered<T>[]> {
  const byLoss = [...models].sort((a, b) => a.loss - b.loss);
  const near = byLoss.flatMap((worse, place) =>
    byLoss
      .slice(0, place)
      .filter((better) => needsPair(better, worse))
      .map((better) => [better, worse] as const),
  );
  const pairs = {
    compare: (a: T, b: T) => comparisons.of(a, b),
    enough: enoughImages(patients.length),
  };
  await comparisons.prepare(near, patients);
  const first = orderModels(byLoss, pairs);
  // Of neighbours the report tells the difference, also where it did not decide.
  const neighbours = first.slice(1).map((behind, place) => [first[place] as T, behind] as const);
  await comparisons.prepare([...near, ...neighbours], patients);
  return orderModels(byLoss, pairs);
}
