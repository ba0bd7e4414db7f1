import { FINDINGS } from '../common/index.js';
import { SCREEN_MARGIN } from './order.js';

/**
 * The loss on a sample of who knows nothing but how frequent each finding is in it: mean over findings of the entropy
 * of its frequency, in nats. About 0.18 for ChestX-ray14.
 */
export function uninformedLoss(labels: ArrayLike<number>, indices: ArrayLike<number>): number {
  let sum = 0;
  for (let finding = 0; finding < FINDINGS.length; finding++) {
    let present = 0;
    for (let image = 0; image < indices.length; image++) {
      present += ((labels[indices[image] as number] as number) >> finding) & 1;
    }
    const frequency = present / indices.length;
    if (frequency > 0 && frequency < 1) {
      sum -= frequency * Math.log(frequency) + (1 - frequency) * Math.log(1 - frequency);
    }
  }
  return sum / FINDINGS.length;
}

/**
 * Whether a bf16 loss is enough to place a model: only when it is worse than knowing nothing by more than bf16 can be
 * wrong, and as far from every model that was decided in fp32. Never for a model that bf16 shows to be good: weights
 * could be made so that bf16 flatters them.
 */
export function isHopeless(
  loss: number,
  o: { readonly uninformed: number; readonly decided: readonly number[] },
): boolean {
  return (
    loss > o.uninformed + SCREEN_MARGIN && o.decided.every((other) => Math.abs(other - loss) > SCREEN_MARGIN)
  );
}
