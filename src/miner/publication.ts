import type { Hotkey, RepoId, Revision } from '../common/index.js';

/**
 * A model on its way to the public, in the order of its stages. Saved: its files are in the outbox. Pushed: one
 * commit on the hub, private. Committed: the chain names that commit. Public: everyone may read it.
 */
export type Publication = ModelFacts &
  (
    | { readonly stage: 'saved' }
    | { readonly stage: 'pushed'; readonly revision: Revision }
    | { readonly stage: 'committed' | 'public'; readonly revision: Revision; readonly commitBlock: number }
  );

export interface ModelFacts {
  /** Its folder in the outbox. */
  readonly folder: string;
  readonly epoch: number;
  /** On the validation images. */
  readonly loss: number;
  /** Of model.safetensors. */
  readonly weightsSha256: string;
}

/** Where publications go; what was done at one place is not done at another. */
export interface Destination {
  readonly genesisHash: string;
  readonly netuid: number;
  readonly hotkey: Hotkey;
  readonly hub: string;
  readonly repo: RepoId;
}

/** All that must survive `kill -9` to finish, and never repeat, a publication. */
export interface PublicationState {
  readonly version: 1;
  readonly destination: Destination;
  /** Waits for `current`; a newer and better one takes its place. */
  readonly queued?: Publication | undefined;
  readonly current?: Publication | undefined;
  /** The newest that went all the way. */
  readonly published?: Publication | undefined;
}

/** The state of a miner that has published nothing. */
export function noPublications(destination: Destination): PublicationState {
  return { version: 1, destination };
}

/** The lowest validation loss among what was or will be published; infinite before the first. */
export function bestLoss({ queued, current, published }: PublicationState): number {
  return Math.min(...[queued, current, published].map((one) => one?.loss ?? Infinity));
}

/** Puts a saved model in the queue, where it takes the place of a worse one that has not begun. */
export function enqueue(state: PublicationState, facts: ModelFacts): PublicationState {
  return { ...state, queued: { ...factsOf(facts), stage: 'saved' } };
}

/**
 * What to work on next: the current publication, or the queued one when nothing is under way or when the current one
 * has not left this machine yet.
 */
export function startNext(state: PublicationState): PublicationState {
  const { queued, current } = state;
  if (queued === undefined || (current !== undefined && current.stage !== 'saved')) return state;
  return { ...state, current: queued, queued: undefined };
}

/** Replaces the current publication by its next stage; a public one is done. */
export function advance(state: PublicationState, to: Publication): PublicationState {
  return to.stage === 'public' ? { ...state, current: undefined, published: to } : { ...state, current: to };
}

/**
 * The state as it holds for a destination. Elsewhere (another repository, hub, subnet or chain) nothing has been done
 * yet: the best model starts again with its files.
 */
export function forDestination(state: PublicationState, destination: Destination): PublicationState {
  const same = Object.entries(destination).every(
    ([key, value]) => state.destination[key as keyof Destination] === value,
  );
  if (same) return state;
  const [best] = [state.queued, state.current, state.published]
    .filter((one) => one !== undefined)
    .sort((a, b) => a.loss - b.loss);
  return best === undefined ? noPublications(destination) : enqueue(noPublications(destination), best);
}

/** Sends the published model the whole way again, when the chain has lost its commitment. */
export function again(state: PublicationState): PublicationState {
  if (state.published === undefined || state.current !== undefined || state.queued !== undefined)
    return state;
  return enqueue({ ...state, published: undefined }, state.published);
}

/** The outbox folders that are still needed. The published one is kept: it can be published again. */
export function neededFolders({ queued, current, published }: PublicationState): Set<string> {
  return new Set([queued, current, published].flatMap((one) => (one === undefined ? [] : [one.folder])));
}

function factsOf({ folder, epoch, loss, weightsSha256 }: ModelFacts): ModelFacts {
  return { folder, epoch, loss, weightsSha256 };
}
