import { messageOf, pause, type Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';
import { mapConcurrently } from './concurrency.js';
import type { Grace } from './grace.js';
import type { ModelStore, StoredModel } from './model-store.js';

const AT_ONCE = 4;
/** A repository that is closed for a publication opens within a block or two: waits before asking again. */
const OPENING_WAITS_MS: readonly number[] = [2_000, 4_000, 8_000];

/** How fetching one candidate's model ended. */
export type Fetched =
  | { readonly kind: 'model'; readonly candidate: Candidate; readonly model: StoredModel }
  | { readonly kind: 'refused'; readonly candidate: Candidate; readonly rejection: Rejection }
  | {
      readonly kind: 'kept';
      readonly candidate: Candidate;
      readonly reason: string;
      /** The repository may only be closed for a moment. */
      readonly opening?: true;
    };

export interface FetchingOptions {
  readonly models: Pick<ModelStore, 'fetch'>;
  readonly grace: Grace;
  readonly deadlineMs: number;
  readonly maxImageSize: number;
  /** The block at which the candidates were read. */
  readonly block: number;
  readonly signal?: AbortSignal;
  readonly openingWaitsMs?: readonly number[];
}

/**
 * Fetches the candidates' models, four at a time, each within its own deadline. A failure of ours (hub, disk) says
 * nothing about the miner and ends nothing. Repositories that may only be closed for a moment are asked again, a few
 * times, once all others are done.
 * @throws only the signal's reason
 */
export async function fetchModels(candidates: readonly Candidate[], o: FetchingOptions): Promise<Fetched[]> {
  let fetched = await fetchAll(candidates, o);
  for (const waitMs of o.openingWaitsMs ?? OPENING_WAITS_MS) {
    const opening = fetched.flatMap((one) => (one.kind === 'kept' && one.opening ? [one.candidate] : []));
    if (opening.length === 0) break;
    await pause(waitMs, o.signal);
    const again = new Map((await fetchAll(opening, o)).map((one) => [one.candidate, one]));
    fetched = fetched.map((one) => again.get(one.candidate) ?? one);
  }
  return fetched;
}

function fetchAll(candidates: readonly Candidate[], o: FetchingOptions): Promise<Fetched[]> {
  return mapConcurrently(candidates, AT_ONCE, async (candidate): Promise<Fetched> => {
    // The hub keeps the deadline itself and calls it a verdict; this one is for when it does not.
    const limit = AbortSignal.timeout(2 * o.deadlineMs + 10_000);
    const signal = o.signal ? AbortSignal.any([o.signal, limit]) : limit;
    try {
      const fetched = await o.models.fetch(candidate, { ...o, signal });
      if (fetched.ok || fetched.code !== 'REPO_UNAVAILABLE') o.grace.opened(candidate.hotkey);
      if (fetched.ok) return { kind: 'model', candidate, model: fetched };
      if (o.grace.isStillOpening(fetched, candidate, o.block)) {
        return {
          kind: 'kept',
          candidate,
          reason: `${fetched.detail}; the commitment is fresh`,
          opening: true,
        };
      }
      return { kind: 'refused', candidate, rejection: fetched };
    } catch (error) {
      o.signal?.throwIfAborted();
      return { kind: 'kept', candidate, reason: messageOf(error) };
    }
  });
}
