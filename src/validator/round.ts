import type { Chain } from '../chain/index.js';
import { HealthTensorError, type Hotkey, type Log } from '../common/index.js';
import type { Candidate, Registration } from './candidate.js';
import type { Comparisons } from './comparisons.js';
import type { EvaluationData } from './evaluation-data.js';
import { fetchModels, type FetchingOptions } from './fetching.js';
import type { Grace } from './grace.js';
import { type Intake, takeIn } from './intake.js';
import type { ModelEvaluator } from './model-evaluator.js';
import type { ModelStore } from './model-store.js';
import { rewardOfRank } from './payout/curves.js';
import { Race } from './race.js';
import type { RaceOutcome } from './race-outcome.js';
import type { RoundReport } from './report.js';
import { type Judged, reportOf } from './report-of-round.js';
import { scoreRound } from './scoring.js';
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
  readonly evaluator: ModelEvaluator;
  /** Whether bf16 saves time on this device: then what knows nothing is recognised by it. */
  readonly screens: boolean;
  readonly comparisons: Comparisons;
  readonly settings: ValidatorSettings;
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

/**
 * One round: select, fetch and read what is new, find copies, evaluate what can change the order, rank, score, and write
 * it all down at once. When it throws, scores and weights stay as they were; evaluations that were finished are kept.
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
  const fetching: FetchingOptions = {
    models: context.models,
    grace: context.grace,
    deadlineMs: settings.fetchDeadlineMs,
    maxImageSize: settings.maxImageSize,
    block: metagraph.block,
    ...(context.signal ? { signal: context.signal } : {}),
  };
  const intake = await takeIn(
    { drawn: candidates, notDrawn },
    { ...fetching, store, evaluator: context.evaluator },
  );
  const race = new Race({
    ...context,
    evaluations: store.evaluations,
    fingerprints: store.fingerprints,
    files: intake.files,
    fetch: (wanted) => fetchModels(wanted, fetching),
    evaluationImages: settings.evaluationImages,
    batchSize: settings.batchSize,
    block,
    blockHash,
    lastBlock: store.lastReport()?.block ?? -1,
  });
  const { outcomes, facts } = await race.run(intake.racers);

  const participants: Judged[] = [
    ...judgedOf(intake, outcomes),
    ...refused.map((one) => ({ ...one, outcome: { kind: 'refused' as const, rejection: one.rejection } })),
    ...validators.map((one) => ({ ...one, outcome: { kind: 'validator' as const } })),
  ];
  const scored = scoreRound(participants, scores, {
    alpha: settings.movingAverageAlpha,
    rewardOf: (rank) => rewardOfRank(rank, settings.payout),
  });
  const report = reportOf(scored, {
    netuid,
    validator: context.ownHotkey,
    block,
    blockHash,
    chainBlock: metagraph.block,
    finishedAt: (context.now?.() ?? new Date()).toISOString(),
    settings,
    facts,
    evaluations: store.evaluations,
  });
  store.finishRound({
    report,
    claims: intake.claims,
    neurons: scored.map(({ hotkey, registrationBlock, score, outcome }) => ({
      hotkey,
      registrationBlock,
      score,
      entry: outcome.kind === 'valid' ? outcome.placed.entry : outcome.kind === 'kept' ? 'stays' : 'none',
    })),
  });
  await context.models.keepOnly([...candidates, ...notDrawn, ...standingIns(outcomes)]);
  return report;
}

function judgedOf(intake: Intake, outcomes: ReadonlyMap<Hotkey, RaceOutcome>): Judged[] {
  return [
    ...intake.racers.map(({ candidate, entry }) => {
      const outcome = outcomes.get(candidate.hotkey) as RaceOutcome;
      if (outcome.kind === 'kept') return { ...registrationOf(candidate), outcome, candidate, entry };
      const { waiting } = outcome;
      if (outcome.kind === 'refused') {
        return {
          ...registrationOf(candidate),
          outcome,
          candidate,
          entry: outcome.entry,
          ...(waiting && { waiting }),
        };
      }
      const { placed } = outcome;
      return {
        ...registrationOf(candidate),
        candidate,
        entry: placed.entry,
        outcome: { kind: 'valid' as const, placed },
        ...(waiting && { waiting }),
      };
    }),
    ...intake.refused.map(({ candidate, rejection, entry }) => ({
      ...registrationOf(candidate),
      candidate,
      ...(entry && { entry }),
      outcome: { kind: 'refused' as const, rejection },
    })),
    ...intake.kept.map(({ candidate, code, reason }) => ({
      ...registrationOf(candidate),
      candidate,
      outcome: { kind: 'kept' as const, code, reason, scoreStays: false },
    })),
  ];
}

/** Older models that earn while newer ones wait: their files are still wanted. */
function standingIns(outcomes: ReadonlyMap<Hotkey, RaceOutcome>) {
  return [...outcomes.values()].flatMap((one) =>
    one.kind === 'valid' && one.waiting !== undefined ? [one.placed.entry] : [],
  );
}

function registrationOf({ uid, hotkey, registrationBlock }: Candidate): Registration {
  return { uid, hotkey, registrationBlock };
}
