import type { Hotkey } from '../common/index.js';
import { adjustedLosses } from './adjusted-losses.js';
import type { Entry } from './model-identity.js';
import type { Runner } from './runner.js';

/** A model with a loss that can be compared with the others'. */
export interface Placed {
  readonly hotkey: Hotkey;
  readonly loss: number;
  readonly commitBlock: number;
  readonly modelId: string;
  /** Samples on which it was evaluated in fp32. */
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
