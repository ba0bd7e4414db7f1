import type { ModelSpec } from '../common/index.js';
import type { FingerprintStore } from './fingerprint-store.js';
import { searchNearCopies, type SearchSources } from './near-copy-search.js';
import type { Runner } from './runner.js';

/**
 * Refuses, for ever, the near copies that come to light by models which were not held against all others yet.
 * Returns the ids of those models.
 */
export async function refuseNearCopies(
  racing: readonly Runner[],
  o: Pick<SearchSources, 'dataDigest' | 'sampleLogits'> & {
    readonly fingerprints: FingerprintStore;
    /** The distance of two models' weights; undefined when it could not be measured. */
    readonly weigh: (a: Runner, b: Runner) => Promise<number | undefined>;
  },
): Promise<string[]> {
  const { fingerprints, dataDigest } = o;
  const decided = new Map(
    racing.flatMap((one) => (one.evidence.kind === 'decided' ? [[one.entry.modelId, one] as const] : [])),
  );
  const fresh = [...decided.keys()].filter(
    (modelId) => fingerprints.has(modelId, dataDigest) && !fingerprints.isSearched(modelId, dataDigest),
  );
  if (fresh.length === 0) return fresh;
  const found = await searchNearCopies(fresh, {
    ...o,
    sampleLogits: (modelId) => (decided.has(modelId) ? o.sampleLogits(modelId) : undefined),
    canWeigh: (...ids) => {
      const [one, other] = ids.map((modelId) => decided.get(modelId));
      return one !== undefined && other !== undefined && haveSameTensors(one.entry.spec, other.entry.spec);
    },
    weigh: (...ids) => {
      const [one, other] = ids.map((modelId) => decided.get(modelId) as Runner);
      return o.weigh(one as Runner, other as Runner);
    },
  });
  for (const [modelId, rejection] of found) {
    fingerprints.refuse(modelId, rejection);
    const runner = decided.get(modelId);
    if (runner !== undefined) runner.evidence = { kind: 'refused', rejection };
  }
  return fresh;
}

/** Whether the weights can be compared number by number: how images are prepared does not matter, so a copy cannot hide behind it. */
function haveSameTensors(a: ModelSpec, b: ModelSpec): boolean {
  return tensorsOf(a) === tensorsOf(b);
}

function tensorsOf({ architecture, options, channels, classes }: ModelSpec): string {
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([architecture, channels, classes, sorted]);
}
