import { type Hotkey, reject, type Rejection } from '../common/index.js';

/** From where on two models are one; docs/scoring.md has the experiment behind it. */
export const NEAR_COPY = {
  /** Likeness of the answers that is enough by itself. */
  likeness: 0.9997,
  /**
   * The same where both have one backbone, or it is not known: linear heads that several miners train to the end on one public,
   * frozen backbone come out nearly alike, and their weights too.
   */
  sameBackbone: 0.99999,
  /** Distance of the weights that is enough by itself, where the backbones differ. */
  distance: 0.003,
  /** Both together, less of each. */
  both: { likeness: 0.98, distance: 0.01 },
  /** Answers to fewer images than this tell nothing. */
  images: 64,
} as const;

/** A model and its first commitment. */
export interface CommittedModel {
  readonly modelId: string;
  readonly hotkey: Hotkey;
  readonly commitBlock: number;
}

/** What two models have in common. */
export interface Resemblance {
  /** Of their answers, -1 to 1. */
  readonly likeness: number;
  /** Images that both have answered. */
  readonly images: number;
  /** Whether everything before the head is the same, or might be. */
  readonly sameBackbone: boolean;
  /** Of their weights, when it was measured. */
  readonly distance?: number;
}

export interface ResemblingPair {
  readonly earlier: CommittedModel;
  readonly later: CommittedModel;
  readonly resemblance: Resemblance;
}

/** Whether one of two models is a near copy of the other. */
export function isNearCopy({ likeness, images, sameBackbone, distance }: Resemblance): boolean {
  if (images < NEAR_COPY.images) return false;
  if (sameBackbone) return likeness >= NEAR_COPY.sameBackbone;
  if (likeness >= NEAR_COPY.likeness) return true;
  if (distance === undefined) return false;
  const { both } = NEAR_COPY;
  return distance <= NEAR_COPY.distance || (likeness >= both.likeness && distance <= both.distance);
}

/**
 * Who holds a near copy of somebody else's model, by model id. Models are judged in the order of their commitments; the
 * earliest model that one is a near copy of decides. When that is of the same hotkey, it is a miner who improves its own model, even
 * when a copy of the older one was committed in between. A near copy claims nothing itself.
 */
export function judgeNearCopies(pairs: readonly ResemblingPair[]): Map<string, Rejection> {
  const byLater = new Map<string, ResemblingPair[]>();
  for (const pair of pairs) {
    if (!isNearCopy(pair.resemblance)) continue;
    const { modelId } = pair.later;
    byLater.set(modelId, [...(byLater.get(modelId) ?? []), pair]);
  }
  const found = new Map<string, Rejection>();
  const inOrder = [...byLater.values()].sort(([a], [b]) =>
    byCommitment((a as ResemblingPair).later, (b as ResemblingPair).later),
  );
  for (const own of inOrder) {
    const [first] = own
      .filter(({ earlier }) => !found.has(earlier.modelId))
      .sort((a, b) => byCommitment(a.earlier, b.earlier));
    if (first !== undefined && first.earlier.hotkey !== first.later.hotkey) {
      found.set(first.later.modelId, nearCopyOf(first));
    }
  }
  return found;
}

/** Two commitments in one block have no order that the chain tells: the hotkey decides, the same for everybody. */
export function byCommitment(a: CommittedModel, b: CommittedModel): number {
  if (a.commitBlock !== b.commitBlock) return a.commitBlock - b.commitBlock;
  const [own, other] = a.hotkey === b.hotkey ? [a.modelId, b.modelId] : [a.hotkey, b.hotkey];
  return own < other ? -1 : Number(own > other);
}

function nearCopyOf({ earlier, resemblance }: ResemblingPair): Rejection {
  const { hotkey, commitBlock } = earlier;
  const { images, distance } = resemblance;
  const likeness = resemblance.likeness.toFixed(5);
  const answers = `answers ${images} images as the model of ${hotkey} does, who committed it at block ${commitBlock} (likeness ${likeness}`;
  const weights = distance === undefined ? '' : `, weights at a distance of ${distance.toFixed(5)}`;
  return reject('COPY_OF', `${answers}${weights})`, {
    by: 'near',
    holder: hotkey,
    holderCommitBlock: commitBlock,
    likeness: Number(likeness),
    images,
    ...(distance !== undefined && { distance: Number(distance.toFixed(5)) }),
  });
}
