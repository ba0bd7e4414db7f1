import type { Decision } from '../order.js';
import type { Explanation, Neighbour, PastRound } from './explain.js';

/** An explanation for people: a line a subject, in the order in which they ask. */
export function explanationText(it: Explanation, signature: 'valid' | 'INVALID'): string {
  const { round, model } = it;
  const lines: (readonly [string, string])[] = [
    ['miner', `uid ${it.uid}, ${it.hotkey}, registered in block ${it.registrationBlock}`],
    [
      'report',
      `round ${round.block} of validator ${round.validator}, ${round.finishedAt}, signature ${signature}`,
    ],
    ...(it.newestBlock === round.block
      ? []
      : [
          [
            '',
            `NOT in the newest round, ${it.newestBlock}: no longer registered, or a validator now`,
          ] as const,
        ]),
    ...(model === undefined ? [] : modelLines(it)),
    ...(it.waiting === undefined ? [] : waitingLines(it.waiting)),
    ['verdict', `${it.code}: ${it.meaning}`],
    ...(it.detail === undefined ? [] : [['', it.detail] as const]),
    ...Object.entries(it.evidence ?? {}).map(([name, fact]) => ['', `${name}: ${fact}`] as const),
    ...lossLines(it),
    ...placeLines(it),
    ['reward', rewardText(it)],
    ['score', scoreText(it)],
    ['to do', it.remedy],
  ];
  const shown = lines.map(([name, text]) => `${name.padEnd(8)}  ${text}`);
  return [...shown, ...historyLines(it.history)].join('\n');
}

function modelLines({ model }: Explanation): (readonly [string, string])[] {
  if (model === undefined) return [];
  const { repo, revision, commitBlock, architecture, weightsSha256, tensorDigest } = model;
  const since = commitBlock === undefined ? '' : `, committed in block ${commitBlock}`;
  return [
    ['model', `${repo} @ ${revision}${architecture === undefined ? '' : `, ${architecture}`}${since}`],
    ...(weightsSha256 === undefined ? [] : [['', `SHA-256 of the file: ${weightsSha256}`] as const]),
    ...(tensorDigest === undefined ? [] : [['', `digest of the tensors: ${tensorDigest}`] as const]),
  ];
}

function waitingLines(waiting: NonNullable<Explanation['waiting']>): (readonly [string, string])[] {
  const { repo, revision, commitBlock, code, reason } = waiting;
  return [
    [
      'waiting',
      `${repo} @ ${revision}, committed in block ${commitBlock}, has no verdict yet; the model above earns`,
    ],
    ['', `${code}: ${reason}`],
  ];
}

function lossLines(it: Explanation): (readonly [string, string])[] {
  if (it.loss === undefined) return [];
  const images = it.evaluations.reduce((sum, one) => sum + (one.images ?? 0), 0);
  const auroc = it.meanAuroc === undefined ? '' : `, mean AUROC ${it.meanAuroc.toFixed(4)}`;
  const best = it.bestLoss === undefined ? '' : `; the best of the round has ${it.bestLoss.toFixed(6)}`;
  return [
    ['loss', `${it.loss.toFixed(6)}${auroc}${best}`],
    ...(it.evaluations.length === 0
      ? []
      : [
          [
            '',
            `over ${it.evaluations.length} evaluation(s) on ${images} images drawn by block hashes`,
          ] as const,
        ]),
  ];
}

function placeLines(it: Explanation): (readonly [string, string])[] {
  if (it.rank === undefined) return [];
  return [
    ['place', `${it.rank + 1} of ${it.ranked}`],
    ...(it.above === undefined
      ? []
      : [['', `behind uid ${it.above.uid}: ${decisionText(it.above, it.loss, it.above.loss)}`] as const]),
    ...(it.below === undefined
      ? []
      : [['', `before uid ${it.below.uid}: ${decisionText(it.below, it.below.loss, it.loss)}`] as const]),
  ];
}

/** Why the worse stands behind the better. */
function decisionText(
  { decision }: Neighbour,
  worse: number | undefined,
  better: number | undefined,
): string {
  if (decision === undefined) return 'the report does not say why';
  const gap = worse === undefined || better === undefined ? '' : ` by ${(worse - better).toFixed(6)}`;
  const sentences: Record<Decision['decidedBy'], string> = {
    margin: `the loss is lower${gap}, more than the margin of doubt`,
    interval: `the loss is lower${gap}, and measurably`,
    'commit-block': 'the images do not tell them apart, and the earlier commitment comes first',
  };
  const { decidedBy, paired } = decision;
  const sentence = Object.hasOwn(sentences, decidedBy) ? sentences[decidedBy] : `by ${String(decidedBy)}`;
  return `${sentence}${pairedText(paired)}`;
}

function pairedText(paired: Decision['paired']): string {
  if (paired === undefined) return '';
  const { difference, radius, images, patients } = paired;
  return ` (paired difference ${difference.toFixed(6)} +- ${radius.toFixed(6)} on ${images} images of ${patients} patients)`;
}

function rewardText({ reward, round }: Explanation): string {
  if (reward === undefined) return 'none: a model without a verdict leaves the score as it is';
  return `${shown(reward)} (payout ${round.rules.payout})`;
}

function scoreText({ reward, previousScore, score, share, round }: Explanation): string {
  const alpha = round.rules.movingAverageAlpha;
  const sum =
    reward === undefined
      ? `${shown(score)}, unchanged`
      : `${alpha} x ${shown(reward)} + ${shown(1 - alpha)} x ${shown(previousScore)} = ${shown(score)}`;
  return `${sum}; ${(100 * share).toFixed(2)} % of all scores`;
}

function historyLines(history: readonly PastRound[]): string[] {
  if (history.length < 2) return [];
  const rows = [
    ['round', 'code', 'loss', 'rank', 'reward', 'score'],
    ...history.map(({ block, code, loss, rank, reward, score }) => [
      String(block),
      code,
      loss?.toFixed(6) ?? '-',
      rank === undefined ? '-' : String(rank + 1),
      reward === undefined ? '-' : shown(reward),
      shown(score),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    '',
    ...rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  ];
}

/** Four figures after the point, without the zeros at the end. */
function shown(value: number): string {
  return String(Number(value.toFixed(4)));
}
