import { HealthTensorError, messageOf, pause, type Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';
import type { Grace } from './grace.js';
import type { KeptCode } from './kept-codes.js';
import type { ModelStore, StoredModel } from './model-store.js';

/** A repository that is closed for a publication opens within a block or two of the commitment: waits before asking again. */
const OPENING_WAITS_MS: readonly number[] = [2_000, 4_000, 8_000];
/** Later the others do not wait for it; the next round asks again. */
const OPENING_BLOCKS = 5;

/** How fetching one candidate's model ended. */
export type Fetched =
  | { readonly kind: 'model'; readonly candidate: Candidate; readonly model: StoredModel }
  | { readonly kind: 'refused'; readonly candidate: Candidate; readonly rejection: Rejection }
  | {
      readonly kind: 'kept';
      readonly candidate: Candidate;
      readonly code: Extract<KeptCode, 'STILL_OPENING' | 'STILL_DOWNLOADING' | 'NOT_FETCHED'>;
      readonly reason: string;
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
 * Fetches the candidates' models, each within its own deadline, and waits for none that is slow: its download goes on
 * while the round is judged, and into the next one. A failure of ours (hub, disk) says nothing about the miner and ends
 * nothing. Repositories whose commitment is so fresh that they may be opened now are asked again, a few times, once all
 * others are done.
 * @throws only the signal's reason
 */
export async function fetchModels(candidates: readonly Candidate[], o: FetchingOptions): Promise<Fetched[]> {
  let fetched = await fetchAll(candidates, o);
  for (const waitMs of o.openingWaitsMs ?? OPENING_WAITS_MS) {
    const opening = fetched
      .filter((one) => one.kind === 'kept' && one.code === 'STILL_OPENING')
      .map(({ candidate }) => candidate)
      .filter(({ commitBlock }) => o.block - commitBlock <= OPENING_BLOCKS);
    if (opening.length === 0) break;
    await pause(waitMs, o.signal);
    const again = new Map((await fetchAll(opening, o)).map((one) => [one.candidate, one]));
    fetched = fetched.map((one) => again.get(one.candidate) ?? one);
  }
  return fetched;
}

async function fetchAll(candidates: readonly Candidate[], o: FetchingOptions): Promise<Fetched[]> {
  o.signal?.throwIfAborted();
  const ended = new Map<Candidate, Fetched>();
  await Promise.all(
    candidates.map(
      (candidate) =>
        new Promise<void>((endedOrSlow, fail) => {
          fetchOne(candidate, o, endedOrSlow).then((fetched) => {
            ended.set(candidate, fetched);
            endedOrSlow();
          }, fail);
        }),
    ),
  );
  return candidates.map((candidate) => ended.get(candidate) ?? stillDownloading(candidate));
}

async function fetchOne(candidate: Candidate, o: FetchingOptions, onSlow: () => void): Promise<Fetched> {
  const refusedBefore = o.grace.recall(candidate, o.block);
  if (refusedBefore !== undefined) return { kind: 'refused', candidate, rejection: refusedBefore };
  try {
    const onOpen = () => o.grace.opened(candidate.hotkey);
    const fetched = await o.models.fetch(candidate, { ...o, onSlow, onOpen });
    if (fetched.ok) return { kind: 'model', candidate, model: fetched };
    if (o.grace.isStillOpening(fetched, candidate, o.block)) {
      const reason = `${fetched.detail}; it may be opened any moment`;
      return { kind: 'kept', candidate, code: 'STILL_OPENING', reason };
    }
    o.grace.refused(candidate, fetched, o.block);
    return { kind: 'refused', candidate, rejection: fetched };
  } catch (error) {
    o.signal?.throwIfAborted();
    return { kind: 'kept', candidate, code: 'NOT_FETCHED', reason: reasonOf(error) };
  }
}

function stillDownloading(candidate: Candidate): Fetched {
  const reason = `${candidate.repo} comes much slower than others; the download goes on`;
  return { kind: 'kept', candidate, code: 'STILL_DOWNLOADING', reason };
}

/** What failed, and what to do about it: nobody but the reader of the report can make room on a disk. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const remedy = error instanceof HealthTensorError ? error.remedy : undefined;
  return remedy === undefined ? message : `${message.replace(/\.$/, '')}. ${remedy}`;
}
