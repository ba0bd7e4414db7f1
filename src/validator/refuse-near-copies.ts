import type { EvaluationStore } from './evaluation-store.js';
import type { FingerprintStore } from './fingerprint-store.js';
import { searchNearCopies } from './near-copy-search.js';
import type { Runner } from './runner.js';

/**
 * Refuses, for ever, the near copies that come to light by the answers of models that are new: their fingerprints, and the round's
 * sample where both of a pair have seen it.
 */
export function refuseNearCopies(
  fresh: readonly Runner[],
  racing: readonly Runner[],
  o: {
    readonly fingerprints: FingerprintStore;
    readonly evaluations: Pick<EvaluationStore, 'logits'>;
    readonly data: { readonly digest: string };
    /** Digest of the round's sample. */
    readonly sample: string;
  },
): void {
  const idsOf = (runners: readonly Runner[]) =>
    new Set(runners.filter(({ evidence }) => evidence.kind === 'decided').map(({ entry }) => entry.modelId));
  const [isFresh, isRacing] = [idsOf(fresh), idsOf(racing)];
  if (isFresh.size === 0) return;
  const known = o.fingerprints.all(o.data.digest).map(({ logits, ...model }) => {
    const onSample = isRacing.has(model.modelId) ? o.evaluations.logits(model.modelId, o.sample) : undefined;
    const all = new Map([['fingerprint', logits]]);
    if (onSample !== undefined) all.set(o.sample, onSample);
    return { ...model, logits: all };
  });
  const found = searchNearCopies({
    fresh: known.filter(({ modelId }) => isFresh.has(modelId)),
    racing: known.filter(({ modelId }) => isRacing.has(modelId)),
    known,
  });
  for (const runner of racing) {
    const rejection = found.get(runner.entry.modelId);
    if (rejection === undefined) continue;
    o.fingerprints.refuse(runner.entry.modelId, rejection);
    runner.evidence = { kind: 'refused', rejection };
  }
}
