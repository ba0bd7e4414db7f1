import type { Chain } from '../chain/index.js';
import { HealthTensorError, type Hotkey, type Log, messageOf, type Rejection } from '../common/index.js';
import type { Device } from '../engine/index.js';
import type { Registration } from './candidate.js';
import { judgeCopies } from './copies.js';
import type { EvaluationData } from './evaluation-data.js';
import { evaluateModel, RoundSample } from './evaluation.js';
import { fetchModels, type Fetched } from './fetching.js';
import type { Grace } from './grace.js';
import type { ModelStore } from './model-store.js';
import type { RoundReport } from './report.js';
import { reportOf, type JudgedModel } from './report-of-round.js';
import { scoreRound, type Outcome, type Participant } from './scoring.js';
import { selectCandidates } from './selection.js';
import type { ValidatorSettings } from './settings.js';
import type { Store } from './store.js';

export interface RoundContext {
  readonly chain: Pick<Chain, 'metagraph' | 'commitments' | 'blockHash'>;
  readonly ownHotkey: Hotkey;
  readonly store: Store;
  readonly models: ModelStore;
  readonly grace: Grace;
  readonly data: EvaluationData;
  readonly device: Device;
  readonly settings: ValidatorSettings;
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

type Judged = Participant & { readonly judged?: JudgedModel };

/**
 * One round: select, fetch, find copies, evaluate, rank, score, and write it all down at once. When it throws, nothing
 * has changed: scores and weights stay as they were.
 * @throws HealthTensorError when the chain or the data set fails
 */
export async function runRound(context: RoundContext, block: number): Promise<RoundReport> {
  const { chain, settings, store, log } = context;
  const { netuid } = settings;
  const [metagraph, blockHash] = await Promise.all([chain.metagraph(netuid), chain.blockHash(block)]);
  // At the same block: a uid that changes hands between two reads must not meet the other's commitment.
  const commitments = await chain.commitments(netuid, metagraph.blockHash);
  const scores = store.scores(metagraph.neurons);
  if (commitments.length === 0 && [...scores.values()].some((score) => score > 0)) {
    // Commitments do not vanish all at once: rather a bad answer than a subnet without miners.
    throw new HealthTensorError('CHAIN_NO_COMMITMENTS', 'The chain shows no commitment at all any more.');
  }
  const selection = selectCandidates({
    metagraph,
    commitments,
    ownHotkey: context.ownHotkey,
    vpermitTaoLimit: settings.vpermitTaoLimit,
    sampleSize: settings.sampleSize,
    seed: blockHash,
  });
  const { candidates, notDrawn, refused, validators } = selection;
  log.info(
    `Round ${block}: ${candidates.length} models to judge, ${refused.length} miners without a usable commitment, ` +
      `${validators.length} validators${notDrawn.length > 0 ? `, ${notDrawn.length} left for another round` : ''}`,
  );
  const fetched = await fetchModels(candidates, {
    models: context.models,
    grace: context.grace,
    deadlineMs: settings.fetchDeadlineMs,
    maxImageSize: settings.maxImageSize,
    block: metagraph.block,
    ...(context.signal ? { signal: context.signal } : {}),
  });
  const { claims, copies } = findCopies(fetched, store);
  const sample = new RoundSample(settings.evaluationImages, blockHash);
  const judged: Judged[] = [];
  for (const one of fetched) judged.push(await judge(context, one, copies, sample, block));

  const place = (registration: Registration) =>
    context.data.facts && store.lastPlace(registration, context.data.facts.digest);
  const keep = (registration: Registration, reason: string): Outcome => ({
    kind: 'kept',
    reason,
    place: place(registration),
  });
  const participants: Judged[] = [
    ...judged.map((one) =>
      one.outcome.kind === 'kept' ? { ...one, outcome: keep(one, one.outcome.reason) } : one,
    ),
    ...notDrawn.map((one) => ({
      ...one,
      outcome: keep(one, 'not drawn this round'),
      judged: { candidate: one },
    })),
    ...refused.map((one) => ({ ...one, outcome: { kind: 'refused' as const, rejection: one.rejection } })),
    ...validators.map((one) => ({ ...one, outcome: { kind: 'validator' as const } })),
  ];
  const scored = scoreRound(participants, scores, settings.movingAverageAlpha);
  const report = reportOf(scored, {
    netuid,
    validator: context.ownHotkey,
    block,
    blockHash,
    chainBlock: metagraph.block,
    finishedAt: (context.now?.() ?? new Date()).toISOString(),
    sample: sample.drawn,
    dataDigest: context.data.facts?.digest,
  });
  store.finishRound({
    report,
    claims,
    neurons: scored.map(({ hotkey, registrationBlock, score, outcome }) => ({
      hotkey,
      registrationBlock,
      score,
      ...(outcome.kind === 'valid' ? { place: outcome } : {}),
    })),
  });
  await context.models.keepOnly([...candidates, ...notDrawn]);
  return report;
}

function findCopies(fetched: readonly Fetched[], store: Store) {
  const claimants = fetched.flatMap((one) =>
    one.kind === 'model' ? [{ ...one.candidate, weightsSha256: one.model.weightsSha256 }] : [],
  );
  return judgeCopies(store.claims(claimants.map(({ weightsSha256 }) => weightsSha256)), claimants);
}

async function judge(
  context: RoundContext,
  fetched: Fetched,
  copies: ReadonlyMap<Hotkey, Rejection>,
  sample: RoundSample,
  block: number,
): Promise<Judged> {
  const { candidate } = fetched;
  if (fetched.kind === 'refused') {
    return {
      ...candidate,
      outcome: { kind: 'refused', rejection: fetched.rejection },
      judged: { candidate },
    };
  }
  if (fetched.kind === 'kept') {
    const outcome: Outcome = { kind: 'kept', reason: fetched.reason, place: undefined };
    return { ...candidate, outcome, judged: { candidate } };
  }
  const { model } = fetched;
  const judged = { candidate, model };
  const copy = copies.get(candidate.hotkey);
  if (copy !== undefined) return { ...candidate, outcome: { kind: 'refused', rejection: copy }, judged };
  try {
    const evaluation = await evaluateModel(model, sample, {
      ...context,
      batchSize: context.settings.batchSize,
      block,
    });
    if (!evaluation.ok) {
      return { ...candidate, outcome: { kind: 'refused', rejection: evaluation }, judged };
    }
    const { loss, meanAuroc } = evaluation;
    const outcome: Outcome = { kind: 'valid', loss, commitBlock: candidate.commitBlock };
    return { ...candidate, outcome, judged: { ...judged, meanAuroc } };
  } catch (error) {
    context.signal?.throwIfAborted();
    // Without data nobody can be judged: the round has failed. Anything else concerns this model alone, also that the
    // disk has no room for the pixel cache of the input size it chose.
    const lacksRoom = error instanceof HealthTensorError && error.code === 'DISK_FULL';
    if (!lacksRoom && !context.data.isOpen(model.spec.imageSize)) throw error;
    const reason = `evaluation failed here: ${messageOf(error)}`;
    context.log.error(`Miner ${candidate.uid} (${candidate.hotkey}): ${reason}`);
    return { ...candidate, outcome: { kind: 'kept', reason, place: undefined }, judged };
  }
}
