import type { Candidate } from './candidate.js';
import type { Sample } from './evaluation.js';
import type { StoredModel } from './model-store.js';
import type { RoundReport, RoundResult } from './report.js';
import type { Participant, Scored } from './scoring.js';

/** What is known of a participant's model, as far as the round got with it. */
export interface JudgedModel {
  readonly candidate: Candidate;
  readonly model?: StoredModel;
  readonly meanAuroc?: number | null;
}

/** The report of a scored round. Validators are not in it. */
export function reportOf(
  scored: readonly (Participant & Scored & { readonly judged?: JudgedModel })[],
  facts: Pick<RoundReport, 'netuid' | 'validator' | 'block' | 'blockHash' | 'chainBlock' | 'finishedAt'> & {
    readonly sample: Sample | undefined;
    readonly dataDigest: string | undefined;
  },
): RoundReport {
  const { sample, dataDigest, ...rest } = facts;
  return {
    version: 1,
    ...rest,
    ...(sample === undefined
      ? {}
      : { sample: { digest: sample.digest, images: sample.indices.length, of: sample.of } }),
    ...(dataDigest === undefined ? {} : { dataDigest }),
    results: scored.flatMap((one) => resultOf(one)).sort((a, b) => a.uid - b.uid),
  };
}

function resultOf(one: Participant & Scored & { readonly judged?: JudgedModel }): RoundResult[] {
  const { uid, hotkey, registrationBlock, outcome, rank, reward, score, judged } = one;
  if (outcome.kind === 'validator') return [];
  return [
    {
      uid,
      hotkey,
      registrationBlock,
      ...(judged && {
        repo: judged.candidate.repo,
        revision: judged.candidate.revision,
        commitBlock: judged.candidate.commitBlock,
      }),
      ...(judged?.model && {
        weightsSha256: judged.model.weightsSha256,
        architecture: judged.model.spec.architecture,
      }),
      outcome: outcome.kind,
      ...(outcome.kind === 'refused' && { code: outcome.rejection.code, detail: outcome.rejection.detail }),
      ...(outcome.kind === 'kept' && { detail: outcome.reason }),
      ...(outcome.kind === 'valid' && { loss: outcome.loss }),
      ...(typeof judged?.meanAuroc === 'number' && { meanAuroc: judged.meanAuroc }),
      ...(rank !== undefined && { rank }),
      ...(reward !== undefined && { reward }),
      score,
    },
  ];
}
