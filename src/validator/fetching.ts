import { messageOf, type Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';
import { mapConcurrently } from './concurrency.js';
import { isStillOpening } from './grace.js';
import type { ModelStore, StoredModel } from './model-store.js';

const AT_ONCE = 4;

/** How fetching one candidate's model ended. */
export type Fetched =
  | { readonly kind: 'model'; readonly candidate: Candidate; readonly model: StoredModel }
  | { readonly kind: 'refused'; readonly candidate: Candidate; readonly rejection: Rejection }
  | { readonly kind: 'kept'; readonly candidate: Candidate; readonly reason: string };

/**
 * Fetches the candidates' models, four at a time, each within its own deadline. A failure of ours (hub, disk) says
 * nothing about the miner and ends nothing.
 * @throws only the signal's reason
 */
export async function fetchModels(
  candidates: readonly Candidate[],
  o: { models: ModelStore; deadlineMs: number; maxImageSize: number; block: number; signal?: AbortSignal },
): Promise<Fetched[]> {
  return mapConcurrently(candidates, AT_ONCE, async (candidate): Promise<Fetched> => {
    // The hub keeps the deadline itself and calls it a verdict; this one is for when it does not.
    const limit = AbortSignal.timeout(2 * o.deadlineMs + 10_000);
    const signal = o.signal ? AbortSignal.any([o.signal, limit]) : limit;
    try {
      const fetched = await o.models.fetch(candidate, { ...o, signal });
      if (fetched.ok) return { kind: 'model', candidate, model: fetched };
      if (isStillOpening(fetched, candidate.commitBlock, o.block)) {
        return { kind: 'kept', candidate, reason: `${fetched.detail}; the commitment is fresh` };
      }
      return { kind: 'refused', candidate, rejection: fetched };
    } catch (error) {
      o.signal?.throwIfAborted();
      return { kind: 'kept', candidate, reason: messageOf(error) };
    }
  });
}
