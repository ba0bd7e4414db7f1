// @ts-check
import { mean, pairedDifference, standardDeviation } from './statistics.mjs';
import { markdownTable } from './table.mjs';

/**
 * @typedef {object} Run one training
 * @property {'fp32' | 'bf16' | 'torch'} who
 * @property {number} seed
 * @property {{trainLoss: number, loss: number, meanAuroc: number | null}[]} epochs
 */

const NAMES = { torch: 'PyTorch fp32', fp32: 'HealthTensor fp32', bf16: 'HealthTensor bf16' };
/** What each is compared with. */
const AGAINST = /** @type {const} */ ([
  ['fp32', 'torch'],
  ['bf16', 'torch'],
  ['bf16', 'fp32'],
]);
const METRICS = /** @type {const} */ ({ loss: 'validation loss', meanAuroc: 'mean AUROC' });

/**
 * The epoch whose weights early stopping would keep: that of the least validation loss.
 * @param {Run} run
 */
export function bestEpoch({ epochs }) {
  const [first, ...others] = epochs;
  if (first === undefined) throw new RangeError('The run has no epoch');
  const best = others.reduce((least, epoch) => (epoch.loss < least.loss ? epoch : least), first);
  return { loss: best.loss, meanAuroc: best.meanAuroc ?? NaN };
}

/**
 * Each seed's best epoch, then mean and deviation over the seeds, then the differences with their 95 % intervals.
 * @param {readonly Run[]} runs
 * @returns {string} Markdown
 */
export function qualityTables(runs) {
  const whos = /** @type {Run['who'][]} */ (Object.keys(NAMES)).filter((who) =>
    runs.some((run) => run.who === who),
  );
  const seeds = [...new Set(runs.map((run) => run.seed))].sort((a, b) => a - b);
  const valuesOf = (/** @type {Run['who']} */ who, /** @type {keyof typeof METRICS} */ metric) =>
    seeds.map((seed) => {
      const found = runs.find((run) => run.who === who && run.seed === seed);
      return found === undefined ? NaN : bestEpoch(found)[metric];
    });
  const metrics = /** @type {(keyof typeof METRICS)[]} */ (Object.keys(METRICS));
  const values = metrics.flatMap((metric) =>
    whos.map((who) => {
      const all = valuesOf(who, metric);
      const spread = all.length < 2 ? '' : standardDeviation(all).toFixed(4);
      return [
        METRICS[metric],
        NAMES[who],
        ...all.map((value) => value.toFixed(4)),
        mean(all).toFixed(4),
        spread,
      ];
    }),
  );
  const perSeed = markdownTable(['', '', ...seeds.map((seed) => `seed ${seed}`), 'mean', 'sd'], values);
  if (seeds.length < 2) return perSeed;
  const differences = metrics.flatMap((metric) =>
    AGAINST.filter((pair) => pair.every((who) => whos.includes(who))).map(([a, b]) => {
      const { mean: centre, low, high } = pairedDifference(valuesOf(a, metric), valuesOf(b, metric));
      return [
        METRICS[metric],
        `${NAMES[a]} - ${NAMES[b]}`,
        signed(centre),
        `${signed(low)} .. ${signed(high)}`,
      ];
    }),
  );
  return `${perSeed}\n\n${markdownTable(['', 'difference', 'mean', '95 % interval'], differences)}`;
}

const signed = (/** @type {number} */ value) => (value < 0 ? '' : '+') + value.toFixed(4);
