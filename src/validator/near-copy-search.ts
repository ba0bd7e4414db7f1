import { setImmediate } from 'node:timers/promises';
import type { Rejection } from '../common/index.js';
import type { Fingerprint, FingerprintStore } from './fingerprint-store.js';
import { likeness, type Profile, profileOf } from './likeness.js';
import {
  byCommitment,
  isNearCopy,
  judgeNearCopies,
  NEAR_COPY,
  type Resemblance,
  type ResemblingPair,
} from './near-copies.js';

export interface SearchSources {
  readonly fingerprints: Pick<FingerprintStore, 'get' | 'pages'>;
  readonly dataDigest: string;
  /** What a model answered on the round's sample, 14 logits an image; undefined when it did not see it. */
  readonly sampleLogits: (modelId: string) => Float32Array | undefined;
  /** Whether the files of both are at hand and have the same tensors. */
  readonly canWeigh: (modelId: string, otherId: string) => boolean;
  /** The distance of their weights; undefined when it could not be measured. */
  readonly weigh: (modelId: string, otherId: string) => Promise<number | undefined>;
}

/** Fingerprints that are read, and pairs that are compared, in one go: some 20 ms. */
const AT_ONCE = 64;
const PAIRS_AT_ONCE = 1_000;
/**
 * Of each new model so many pairs are weighed, with the models that answer most like it: a copy's original is among them, however
 * much its answers were disturbed.
 */
const WEIGHED = 3;

interface Known extends Fingerprint {
  readonly profile: Profile;
}

interface Pair {
  readonly models: readonly [Known, Known];
  resemblance: Resemblance;
}

/**
 * Near copies among models that are new and all that they may be copies, or originals, of: every model that was evaluated on these
 * data, also of hotkeys that are gone. Pairs without a new model were compared when one of them was new. Verdicts by model id.
 */
export async function searchNearCopies(
  fresh: readonly string[],
  sources: SearchSources,
): Promise<Map<string, Rejection>> {
  const newcomers = fresh.flatMap((modelId) => {
    const found = sources.fingerprints.get(modelId, sources.dataDigest);
    return found === undefined ? [] : [knownOf(found)];
  });
  const pairs = await pairsOf(newcomers, sources);
  for (const pair of pairs) pair.resemblance = onSample(pair, sources.sampleLogits);
  for (const newcomer of newcomers) await weighNearest(newcomer, pairs, sources);
  return judgeNearCopies(pairs.map(inOrder));
}

/** Each new model with those that answer like it, and with the nearest of those whose weights can be compared. */
async function pairsOf(newcomers: readonly Known[], sources: SearchSources): Promise<Pair[]> {
  const alike = new Set<Pair>();
  const newById = new Map(newcomers.map((one) => [one.modelId, one]));
  const nearest = new Map(newcomers.map((one) => [one, [] as Pair[]]));
  let compared = 0;
  for (const page of sources.fingerprints.pages(sources.dataDigest, AT_ONCE)) {
    for (const fingerprint of page) {
      const { modelId } = fingerprint;
      const other = newById.get(modelId) ?? knownOf(fingerprint);
      for (const newcomer of newcomers) {
        // Of two new ones one pair is enough.
        if (newById.has(modelId) && modelId <= newcomer.modelId) continue;
        const pair = pairOf(newcomer, other);
        if (pair.resemblance.likeness >= NEAR_COPY.both.likeness) alike.add(pair);
        if (pair.resemblance.sameBackbone || !sources.canWeigh(newcomer.modelId, modelId)) continue;
        nearest.get(newcomer)?.push(pair);
        nearest.get(other)?.push(pair);
      }
      compared += newcomers.length;
      if (compared % PAIRS_AT_ONCE < newcomers.length) await setImmediate();
    }
    for (const [newcomer, own] of nearest) nearest.set(newcomer, mostAlike(own));
    await setImmediate();
  }
  return [...new Set([...alike, ...[...nearest.values()].flat()])];
}

function pairOf(a: Known, b: Known): Pair {
  const { backbone, logits } = a;
  const sameBackbone = backbone === undefined || b.backbone === undefined || backbone === b.backbone;
  const images = logits.length / a.profile.length;
  return { models: [a, b], resemblance: { likeness: likeness(a.profile, b.profile), images, sameBackbone } };
}

/** The same by the images of the round's sample, where both have seen it: they are more. */
function onSample({ models, resemblance }: Pair, logitsOf: SearchSources['sampleLogits']): Resemblance {
  const [own, other] = models.map(({ modelId }) => logitsOf(modelId));
  if (own === undefined || other === undefined) return resemblance;
  const images = own.length / models[0].profile.length;
  if (images <= resemblance.images) return resemblance;
  return { ...resemblance, images, likeness: likeness(profileOf(own), profileOf(other)) };
}

async function weighNearest(newcomer: Known, pairs: readonly Pair[], sources: SearchSources): Promise<void> {
  const weighable = pairs.filter(
    ({ models: [a, b], resemblance }) =>
      (a === newcomer || b === newcomer) &&
      resemblance.distance === undefined &&
      !resemblance.sameBackbone &&
      !isNearCopy(resemblance) &&
      sources.canWeigh(a.modelId, b.modelId),
  );
  for (const pair of mostAlike(weighable)) {
    const [a, b] = pair.models;
    const distance = await sources.weigh(a.modelId, b.modelId);
    if (distance !== undefined) pair.resemblance = { ...pair.resemblance, distance };
  }
}

function mostAlike(pairs: readonly Pair[]): Pair[] {
  return pairs
    .filter(({ resemblance }) => !Number.isNaN(resemblance.likeness))
    .sort((a, b) => b.resemblance.likeness - a.resemblance.likeness)
    .slice(0, WEIGHED);
}

function inOrder({ models: [a, b], resemblance }: Pair): ResemblingPair {
  return byCommitment(a, b) < 0
    ? { earlier: a, later: b, resemblance }
    : { earlier: b, later: a, resemblance };
}

function knownOf(fingerprint: Fingerprint): Known {
  return { ...fingerprint, profile: profileOf(fingerprint.logits) };
}
