import { type Evidence, HealthTensorError, type Hotkey } from '../../common/index.js';
import type { ReportedEvaluation, RoundReport, RoundResult, Waiting } from '../report.js';
import { answerOf } from './answers.js';

/** The model directly before or behind one in the order, and why it stands there. */
export interface Neighbour {
  readonly uid: number;
  readonly hotkey: Hotkey;
  readonly loss: number | undefined;
  /** Of the one behind. */
  readonly decision: RoundResult['decision'];
}

/** The model that was judged, as far as the round got to know it. */
export type ReportedModel = {
  readonly [
    Key in 'repo' | 'revision' | 'commitBlock' | 'weightsSha256' | 'tensorDigest' | 'architecture'
  ]: RoundResult[Key];
};

/** A round of the past, as one miner saw it. */
export interface PastRound {
  readonly block: number;
  readonly code: string;
  readonly loss: number | undefined;
  readonly rank: number | undefined;
  readonly reward: number | undefined;
  readonly score: number;
}

/** Everything that reports say about one miner, in the order in which people ask. */
export interface Explanation {
  readonly round: Pick<RoundReport, 'block' | 'validator' | 'chainBlock' | 'finishedAt' | 'rules'>;
  /** The newest round, when the miner is only in an older one. */
  readonly newestBlock: number;
  readonly uid: number;
  readonly hotkey: Hotkey;
  readonly registrationBlock: number;
  readonly model: ReportedModel | undefined;
  readonly waiting: Waiting | undefined;
  /** Of AnswerCode, unless another version wrote the report. */
  readonly code: string;
  readonly meaning: string;
  readonly detail: string | undefined;
  readonly evidence: Evidence | undefined;
  readonly remedy: string;
  readonly loss: number | undefined;
  readonly meanAuroc: number | undefined;
  readonly evaluations: readonly (ReportedEvaluation & { readonly images: number | undefined })[];
  readonly bestLoss: number | undefined;
  /** 0 = best. */
  readonly rank: number | undefined;
  /** How many have a rank. */
  readonly ranked: number;
  readonly above: Neighbour | undefined;
  readonly below: Neighbour | undefined;
  readonly reward: number | undefined;
  readonly previousScore: number;
  readonly score: number;
  /** Part of all scores, 0 to 1: what the weights are made of. */
  readonly share: number;
  /** The newest first, this round included. */
  readonly history: readonly PastRound[];
}

/**
 * What the reports (newest first, at least one) say about a miner, named by hotkey, the beginning of one, or uid. A uid is who has
 * it in the newest report that knows it.
 * @throws HealthTensorError MINER_UNKNOWN, MINER_AMBIGUOUS
 */
export function explain(reports: readonly RoundReport[], who: string): Explanation {
  const newest = reports[0];
  const found = reports.flatMap((report) => {
    const result = resultOf(report, who);
    return result === undefined ? [] : [{ report, result }];
  })[0];
  if (newest === undefined || found === undefined) throw unknown(newest, who);
  const { report, result } = found;
  const { block, validator, chainBlock, finishedAt, rules } = report;
  const code = codeOf(result);
  const { hotkey, repo, revision, commitBlock, weightsSha256, tensorDigest, architecture } = result;
  const ranked = report.results.filter(({ rank }) => rank !== undefined);
  const place = (rank: number) => ranked.find((other) => other.rank === rank);
  const above = result.rank === undefined ? undefined : place(result.rank - 1);
  const below = result.rank === undefined ? undefined : place(result.rank + 1);
  const total = report.results.reduce((sum, { score }) => sum + score, 0);
  return {
    round: { block, validator, chainBlock, finishedAt, rules },
    newestBlock: newest.block,
    uid: result.uid,
    hotkey,
    registrationBlock: result.registrationBlock,
    model:
      repo === undefined
        ? undefined
        : { repo, revision, commitBlock, weightsSha256, tensorDigest, architecture },
    waiting: result.waiting,
    code,
    ...answerOf(code),
    detail: result.detail,
    evidence: result.evidence,
    loss: result.loss,
    meanAuroc: result.meanAuroc,
    evaluations: (result.evaluations ?? []).map((one) => ({
      ...one,
      images: report.samples.find(({ digest }) => digest === one.sample)?.images,
    })),
    bestLoss: place(0)?.loss,
    rank: result.rank,
    ranked: ranked.length,
    above: above && { ...neighbour(above), decision: result.decision },
    below: below && { ...neighbour(below), decision: below.decision },
    reward: result.reward,
    previousScore: result.previousScore,
    score: result.score,
    share: total > 0 ? result.score / total : 0,
    history: reports.flatMap((past) => pastOf(past, hotkey)),
  };
}

function neighbour({ uid, hotkey, loss }: RoundResult) {
  return { uid, hotkey, loss };
}

function pastOf(report: RoundReport, hotkey: Hotkey): PastRound[] {
  const result = report.results.find((one) => one.hotkey === hotkey);
  if (result === undefined) return [];
  const { loss, rank, reward, score } = result;
  return [{ block: report.block, code: codeOf(result), loss, rank, reward, score }];
}

function codeOf({ outcome, code }: RoundResult): string {
  return outcome === 'valid' ? 'RANKED' : (code ?? 'NO_CODE');
}

function resultOf({ results }: RoundReport, who: string): RoundResult | undefined {
  if (/^\d{1,5}$/.test(who)) return results.find(({ uid }) => uid === Number(who));
  const found = results.filter(({ hotkey }) => hotkey.startsWith(who));
  if (found.length > 1) {
    throw new HealthTensorError('MINER_AMBIGUOUS', `${found.length} hotkeys begin with ${who}`, {
      remedy: `Give more of it: ${found
        .slice(0, 3)
        .map(({ hotkey }) => hotkey)
        .join(', ')} ...`,
    });
  }
  return found[0];
}

function unknown(newest: RoundReport | undefined, who: string): HealthTensorError {
  const message = `No report of this validator speaks of ${JSON.stringify(who)}`;
  const uids = newest?.results.map(({ uid }) => uid) ?? [];
  return new HealthTensorError('MINER_UNKNOWN', message, {
    remedy:
      `Give a hotkey (its beginning will do) or a uid${uids.length > 0 ? ` of ${ranges(uids)}` : ''}. ` +
      'Validators are not judged; who registered after the last round comes with the next.',
  });
}

/** 0-3, 7 */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
