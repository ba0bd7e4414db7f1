// @ts-check
import { CONTESTANTS } from './contestants.mjs';
import { round } from './meter.mjs';
import { median } from './statistics.mjs';

/** @typedef {import('./contestants.mjs').Measurement} Measurement */
/** @typedef {import('./contestants.mjs').Contestant} Contestant */

/**
 * @typedef {object} Standing what one contestant reached in one discipline
 * @property {string} mode
 * @property {string} arch
 * @property {Contestant} contestant
 * @property {number} rounds
 * @property {number} imagesPerSecond median over the rounds
 * @property {number} peakMib largest
 * @property {boolean} noisy others took so much of the CPU in some round that it had fewer than two clean samples
 * @property {Partial<Record<Contestant, number>>} ratios ours against each baseline: the median of the ratios of the
 *   same round, since a machine's speed drifts from minute to minute. None for baselines.
 */

/**
 * @param {readonly Measurement[]} measurements
 * @returns {Standing[]} in the order in which disciplines and contestants first appear
 */
export function standings(measurements) {
  const groups = groupBy(measurements, ({ mode, arch, contestant }) => `${mode} ${arch} ${contestant}`);
  return [...groups.values()].map((runs) => {
    const { mode, arch, contestant } = /** @type {Measurement} */ (runs[0]);
    const ours = contestant === 'bf16' || contestant === 'fp32';
    /** @type {Partial<Record<Contestant, number>>} */
    const ratios = {};
    for (const baseline of /** @type {Contestant[]} */ (['keras', 'torch', 'compiled'])) {
      const others = groups.get(`${mode} ${arch} ${baseline}`);
      if (!ours || others === undefined) continue;
      const pairs = runs.flatMap((run) => {
        const other = others.find((candidate) => candidate.round === run.round);
        return other === undefined ? [] : [run.imagesPerSecond / other.imagesPerSecond];
      });
      if (pairs.length > 0) ratios[baseline] = round(median(pairs), 3);
    }
    return {
      mode,
      arch,
      contestant,
      rounds: runs.length,
      imagesPerSecond: round(median(runs.map((run) => run.imagesPerSecond)), 4),
      peakMib: Math.round(Math.max(...runs.map((run) => run.peakMib))),
      noisy: runs.some((run) => run.cleanSamples < 2),
      ratios,
    };
  });
}

/** The columns of the table of standings. */
export const STANDING_TITLES = [
  'mode',
  'network',
  'who',
  'images/s',
  '/ Keras',
  '/ PyTorch',
  '/ compiled',
  'peak MiB',
  'noisy',
];

/** @param {Standing} standing */
export function standingRow({ mode, arch, contestant, imagesPerSecond, ratios, peakMib, noisy }) {
  const ratio = (/** @type {number | undefined} */ value) => (value === undefined ? '' : String(value));
  const { keras, torch, compiled } = ratios;
  return [
    mode,
    arch,
    CONTESTANTS[contestant],
    imagesPerSecond,
    ratio(keras),
    ratio(torch),
    ratio(compiled),
    peakMib,
    noisy ? 'noisy' : '',
  ];
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 */
function groupBy(items, keyOf) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
