import { type FailedSubmission, refusal } from './submission.js';

/** Which calls of pallet SubtensorModule weights are sent with, by their names as polkadot.js spells them. */
export type WeightMethod =
  | { readonly kind: 'set'; readonly call: 'setMechanismWeights' | 'setWeights' }
  | {
      readonly kind: 'timelocked';
      readonly call: 'commitTimelockedMechanismWeights' | 'commitTimelockedWeights';
      /** What the chain wants to hear as commit_reveal_version. */
      readonly version: number;
    }
  | {
      readonly kind: 'salted';
      readonly call: 'commitMechanismWeights' | 'commitWeights';
      readonly reveal: 'revealMechanismWeights' | 'revealWeights';
    };

/** The newest version of commit-reveal that we know: the payload with the hotkey in it. */
export const NEWEST_COMMIT_REVEAL_VERSION = 4;
/** Up to here weights were hidden by a salted hash; from here on by drand. */
const LAST_SALTED_VERSION = 2;

/**
 * How this runtime wants the weights of a subnet now; a refusal when it wants what we do not know.
 * @param o.version CommitRevealWeightsVersion; undefined where the runtime has no such item
 */
export function weightMethod(o: {
  commitReveal: boolean;
  version: number | undefined;
  hasCall: (name: string) => boolean;
}): WeightMethod | FailedSubmission {
  const { hasCall } = o;
  if (!o.commitReveal) {
    return { kind: 'set', call: hasCall('setMechanismWeights') ? 'setMechanismWeights' : 'setWeights' };
  }
  const version = o.version ?? NEWEST_COMMIT_REVEAL_VERSION;
  if (version > NEWEST_COMMIT_REVEAL_VERSION) {
    const detail = `the chain wants commit-reveal version ${version}, this HealthTensor knows up to ${NEWEST_COMMIT_REVEAL_VERSION}: update it`;
    return refusal('rejected', 'IncorrectCommitRevealVersion', detail);
  }
  if (version > LAST_SALTED_VERSION) {
    if (hasCall('commitTimelockedMechanismWeights')) {
      return { kind: 'timelocked', call: 'commitTimelockedMechanismWeights', version };
    }
    if (hasCall('commitTimelockedWeights')) {
      return { kind: 'timelocked', call: 'commitTimelockedWeights', version };
    }
  }
  if (hasCall('commitMechanismWeights')) {
    return { kind: 'salted', call: 'commitMechanismWeights', reveal: 'revealMechanismWeights' };
  }
  return { kind: 'salted', call: 'commitWeights', reveal: 'revealWeights' };
}
