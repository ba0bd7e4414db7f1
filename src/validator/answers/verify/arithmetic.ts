import { adjustedLosses } from '../../adjusted-losses.js';
import { movingAverage } from '../../moving-average.js';
import { LEAST_DIFFERENCE, SCREEN_MARGIN, TIE_MARGIN, WIDE_MARGIN } from '../../order.js';
import { MISS_CHANCE } from '../../paired-difference.js';
import type { RoundReport, RoundResult } from '../../report.js';
import { isPayoutName, rewardOfRank } from '../../payout/curves.js';
import { type Check, failed, passed } from '../check.js';

/** Sums of doubles in another order differ by less. */
const ROUNDING = 1e-9;
const CONTRADICTS = 'REPORT_CONTRADICTS';
const REMEDY = 'Ask the validator how this came about; its weights rest on it.';

/** A valid result with everything that a place needs. */
export type Ranked = RoundResult & {
  readonly modelId: string;
  readonly commitBlock: number;
  readonly loss: number;
  readonly rank: number;
  readonly evaluations: NonNullable<RoundResult['evaluations']>;
};

/** What a report's own numbers say about each other: no image and no model is needed. */
export function arithmeticChecks(report: RoundReport): Check[] {
  return [
    rulesCheck(report),
    lossesCheck(report),
    orderCheck(report),
    rewardsCheck(report),
    scoresCheck(report),
  ];
}

/** The valid results, best first, as the report ranks them. */
export function rankedOf({ results }: RoundReport): Ranked[] {
  return results
    .filter(
      (one): one is Ranked =>
        one.outcome === 'valid' &&
        one.modelId !== undefined &&
        one.commitBlock !== undefined &&
        one.loss !== undefined &&
        one.rank !== undefined &&
        one.evaluations !== undefined,
    )
    .sort((a, b) => a.rank - b.rank);
}

/** Evaluated in bf16 alone, because that showed it to be far behind. */
export function isScreened({ evaluations }: Pick<Ranked, 'evaluations'>): boolean {
  return evaluations.every(({ precision }) => precision === 'bf16');
}

function rulesCheck({ rules }: RoundReport): Check {
  const ours = { tieMargin: TIE_MARGIN, leastDifference: LEAST_DIFFERENCE, missChance: MISS_CHANCE };
  const other = Object.entries(ours).flatMap(([name, value]) => {
    const theirs = rules[name as keyof typeof ours];
    return theirs === value ? [] : [`${name} ${theirs} where this program has ${value}`];
  });
  if (!isPayoutName(rules.payout))
    other.push(`the payout ${JSON.stringify(rules.payout)}, which is not known here`);
  const shown = `payout ${rules.payout}, moving average ${rules.movingAverageAlpha}, ${rules.evaluationImages} images`;
  if (other.length === 0) return passed('rules', shown);
  const remedy = 'Verify it with the version of HealthTensor that made it.';
  return failed('rules', 'OTHER_RULES', `made by other rules: ${other.join(', ')}`, remedy);
}

/** Whether each model's loss is that of its evaluations, the samples' difficulty taken out. */
function lossesCheck(report: RoundReport): Check {
  const images = new Map(report.samples.map((sample) => [sample.digest, sample.images]));
  const ranked = rankedOf(report);
  const unknown = ranked.flatMap(({ uid, evaluations }) =>
    evaluations.length > 0 && evaluations.every(({ sample }) => images.has(sample)) ? [] : [uid],
  );
  if (unknown.length > 0)
    return contradicts('losses', `uids ${some(unknown)} rest on samples that are not listed`);
  const losses = adjustedLosses(
    ranked.flatMap(({ modelId, evaluations }) =>
      evaluations.map(({ sample, loss }) => ({
        modelId,
        sample,
        loss,
        images: images.get(sample) as number,
      })),
    ),
  );
  const wrong = ranked.filter(
    ({ modelId, loss }) => Math.abs((losses.get(modelId) as number) - loss) > LEAST_DIFFERENCE,
  );
  return wrong.length === 0
    ? passed('losses', `${ranked.length} losses are those of their evaluations`)
    : contradicts(
        'losses',
        `those of uids ${some(wrong.map(({ uid }) => uid))} are not those of their evaluations`,
      );
}

/** Whether the places are without gaps, and nobody stands before a model that beats it by its loss alone. */
function orderCheck(report: RoundReport): Check {
  const ranked = rankedOf(report);
  const valid = report.results.filter(({ outcome }) => outcome === 'valid').length;
  if (valid !== ranked.length || ranked.some(({ rank }, place) => rank !== place))
    return contradicts('order', 'the places are not 1, 2, 3 ... of the valid models');
  if (report.results.some(({ outcome, rank }) => outcome !== 'valid' && rank !== undefined))
    return contradicts('order', 'a model that is not valid has a place');
  for (const [place, worse] of ranked.entries()) {
    const before = ranked[place - 1];
    if (worse.decision?.behind !== before?.hotkey)
      return contradicts('order', `uid ${worse.uid} is not said to stand behind the one before it`);
    const passedBy = ranked
      .slice(0, place)
      .find((better) => better.loss - worse.loss > marginOf(better, worse));
    if (passedBy !== undefined) {
      const losses = `${worse.loss.toFixed(6)} against ${passedBy.loss.toFixed(6)}`;
      return contradicts(
        'order',
        `uid ${worse.uid} stands behind uid ${passedBy.uid}, whose loss is higher: ${losses}`,
      );
    }
  }
  return passed('order', `${ranked.length} places, nobody before a model that is far better`);
}

function marginOf(a: Ranked, b: Ranked): number {
  return isScreened(a) || isScreened(b) ? SCREEN_MARGIN : WIDE_MARGIN;
}

function rewardsCheck({ results, rules }: RoundReport): Check {
  const { payout } = rules;
  if (!isPayoutName(payout)) return contradicts('rewards', 'not computed: the payout is not known here');
  const wrong = results.filter(({ outcome, rank, reward }) => {
    if (outcome === 'kept') return reward !== undefined && reward !== 0;
    return reward !== (outcome === 'valid' && rank !== undefined ? rewardOfRank(rank, payout) : 0);
  });
  return wrong.length === 0
    ? passed('rewards', `${results.length} rewards are those of their places`)
    : contradicts(
        'rewards',
        `those of uids ${some(wrong.map(({ uid }) => uid))} are not those of their places`,
      );
}

function scoresCheck({ results, rules }: RoundReport): Check {
  const wrong = results.filter(({ reward, previousScore, score }) => {
    const expected =
      reward === undefined ? previousScore : averageOf(rules.movingAverageAlpha, reward, previousScore);
    return !(Math.abs(score - expected) <= ROUNDING * Math.max(1, expected));
  });
  return wrong.length === 0
    ? passed('scores', `${results.length} scores are the moving averages of their rewards`)
    : contradicts(
        'scores',
        `those of uids ${some(wrong.map(({ uid }) => uid))} are not averages of their rewards`,
      );
}

function averageOf(alpha: number, reward: number, previous: number): number {
  try {
    return movingAverage(alpha, reward, previous);
  } catch {
    return NaN; // a stranger's numbers need not give a score
  }
}

function contradicts(check: string, text: string): Check {
  return failed(check, CONTRADICTS, text, REMEDY);
}

function some(uids: readonly number[]): string {
  const shown = uids.slice(0, 5).join(', ');
  return uids.length > 5 ? `${shown} and ${uids.length - 5} more` : shown;
}
