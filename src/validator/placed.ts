import type { Hotkey } from '../common/index.js';
import { adjustedLosses } from './adjusted-losses.js';
import type { Comparisons } from './comparisons.js';
import type { Entry } from './model-identity.js';
import { LEAST_DIFFERENCE, type Ordered, orderModels, TIE_MARGIN } from './order.js';
import type { Runner } from './runner.js';

/** A model with a loss that can be compared with the others'. */
export interface Placed {
  readonly hotkey: Hotkey;
  readonly loss: number;
  readonly commitBlock: number;
  readonly modelId: string;
  readonly samples: readonly string[];
  readonly screened: boolean;
  readonly meanAuroc: number | null;
  readonly entry: Entry;
}

/** Everybody with evidence, best first by loss alone. */
export function placedOf(runners: readonly Runner[]): Placed[] {
  const measured = runners.flatMap(({ racer, entry, evidence }) =>
    evidence.kind === 'decided' || evidence.kind === 'screened' ? [{ racer, entry, evidence }] : [],
  );
  const losses = adjustedLosses(measured.flatMap(({ evidence }) => evidence.losses));
  return measured
    .map(({ racer, entry, evidence }) => ({
      hotkey: racer.candidate.hotkey,
      loss: losses.get(entry.modelId) as number,
      commitBlock: entry.commitBlock,
      modelId: entry.modelId,
      samples: evidence.kind === 'decided' ? evidence.losses.map(({ sample }) => sample) : [],
      screened: evidence.kind === 'screened',
      meanAuroc: evidence.meanAuroc,
      entry,
    }))
    .sort((a, b) => a.loss - b.loss);
}

/** The order of models with all that decides it: paired differences are computed where the margin does not decide, and of neighbours. */
export async function orderPlaced(
  placed: readonly Placed[],
  comparisons: Comparisons,
  patients: Uint32Array,
): Promise<Ordered<Placed>[]> {
  const byLoss = [...placed].sort((a, b) => a.loss - b.loss);
  const near = byLoss.flatMap((worse, place) =>
    byLoss
      .slice(0, place)
      .filter((better) => needsPairs(better, worse))
      .map((better) => [better, worse] as const),
  );
  await comparisons.prepare(near, patients);
  const compare = (a: Placed, b: Placed) => comparisons.of(a, b);
  const first = orderModels(byLoss, compare);
  const neighbours = first.slice(1).map((behind, place) => [first[place] as Placed, behind] as const);
  await comparisons.prepare([...near, ...neighbours], patients);
  return orderModels(byLoss, compare);
}

function needsPairs(better: Placed, worse: Placed): boolean {
  const gap = worse.loss - better.loss;
  return gap > LEAST_DIFFERENCE && gap <= TIE_MARGIN && !better.screened && !worse.screened;
}
