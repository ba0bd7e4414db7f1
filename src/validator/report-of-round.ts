import { createHash } from 'node:crypto';
import { bytesOf } from './blobs.js';
import type { Candidate } from './candidate.js';
import type { DataFacts } from './evaluation-data.js';
import type { EvaluationStore } from './evaluation-store.js';
import type { Entry } from './model-identity.js';
import { LEAST_DIFFERENCE, TIE_MARGIN } from './order.js';
import { MISS_CHANCE } from './paired-difference.js';
import type { ReportedEvaluation, ReportedSample, RoundReport, RoundResult, Waiting } from './report.js';
import type { Participant, Scored } from './scoring.js';
import type { ValidatorSettings } from './settings.js';

/** A participant with what is known of its model, as far as the round got with it. */
export type Judged = Participant & {
  readonly candidate?: Candidate;
  readonly entry?: Entry;
  readonly waiting?: Waiting;
};

type Facts = Pick<
  RoundReport,
  'netuid' | 'validator' | 'block' | 'blockHash' | 'chainBlock' | 'finishedAt'
> & {
  readonly settings: Pick<ValidatorSettings, 'evaluationImages' | 'movingAverageAlpha' | 'payout'>;
  /** Of the data; undefined when there was no model to judge. */
  readonly facts: DataFacts | undefined;
  readonly evaluations: Pick<EvaluationStore, 'of' | 'sample' | 'losses'>;
};

/** The report of a scored round. Validators are not in it. */
export function reportOf(scored: readonly (Judged & Scored)[], o: Facts): RoundReport {
  const { settings, facts, evaluations, ...rest } = o;
  const results = scored.flatMap((one) => resultOf(one, o)).sort((a, b) => a.uid - b.uid);
  const digests = results.flatMap((result) => result.evaluations?.map(({ sample }) => sample) ?? []);
  return {
    version: 2,
    ...rest,
    rules: {
      evaluationImages: settings.evaluationImages,
      movingAverageAlpha: settings.movingAverageAlpha,
      tieMargin: TIE_MARGIN,
      leastDifference: LEAST_DIFFERENCE,
      missChance: MISS_CHANCE,
      payout: settings.payout,
    },
    ...(facts && {
      data: { digest: facts.digest, images: facts.images, patients: new Set(facts.patients).size },
    }),
    samples: [...new Set(digests)]
      .flatMap((digest) => sampleOf(digest, evaluations))
      .sort((a, b) => a.block - b.block),
    results,
  };
}

function sampleOf(digest: string, evaluations: Facts['evaluations']): ReportedSample[] {
  const sample = evaluations.sample(digest);
  if (sample === undefined) return [];
  const { block, blockHash, indices } = sample;
  return [{ digest, images: indices.length, block, blockHash }];
}

function resultOf(one: Judged & Scored, o: Facts): RoundResult[] {
  const { uid, hotkey, registrationBlock, outcome, candidate, entry, waiting } = one;
  const { rank, reward, previousScore, score } = one;
  if (outcome.kind === 'validator') return [];
  const valid = outcome.kind === 'valid' ? outcome.placed : undefined;
  const named = valid?.entry ?? (waiting ? entry : candidate);
  return [
    {
      uid,
      hotkey,
      registrationBlock,
      ...(named && {
        repo: named.repo,
        revision: named.revision,
        digest: named.digest,
        commitBlock: named.commitBlock,
      }),
      ...(entry && {
        weightsSha256: entry.weightsSha256,
        tensorDigest: entry.tensorDigest,
        modelId: entry.modelId,
        architecture: entry.spec.architecture,
      }),
      ...(waiting && { waiting }),
      outcome: outcome.kind,
      ...(outcome.kind === 'refused' && { ...answerOf(outcome.rejection) }),
      ...(outcome.kind === 'kept' && { code: outcome.code, detail: outcome.reason }),
      ...(valid && {
        evaluations: evaluationsOf(valid.modelId, o),
        loss: valid.loss,
        ...(valid.meanAuroc !== null && { meanAuroc: valid.meanAuroc }),
        ...(valid.decision && { decision: valid.decision }),
      }),
      ...(rank !== undefined && { rank }),
      ...(reward !== undefined && { reward }),
      previousScore,
      score,
    },
  ];
}

function answerOf({
  code,
  detail,
  evidence,
}: Extract<Participant['outcome'], { kind: 'refused' }>['rejection']) {
  return { code, detail, ...(evidence && { evidence }) };
}

/** Those that decide: in fp32, or the screen's when there are no others. */
function evaluationsOf(modelId: string, { evaluations, facts }: Facts): ReportedEvaluation[] {
  const rows = evaluations
    .of(modelId, facts?.digest ?? '')
    .flatMap(({ outcome, ...row }) => (outcome.ok ? [{ ...row, loss: outcome.loss }] : []));
  const precision = rows.some((row) => row.precision === 'fp32') ? 'fp32' : 'bf16';
  return rows
    .filter((row) => row.precision === precision)
    .map(({ sample, loss }) => {
      const losses = precision === 'fp32' ? evaluations.losses(modelId, sample) : undefined;
      return {
        sample,
        precision,
        loss,
        ...(losses && { lossesSha256: createHash('sha256').update(bytesOf(losses)).digest('hex') }),
      };
    });
}
