// @ts-check
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, tail } from '../run-program.mjs';
import { SetupError } from '../setup-error.mjs';
import { runCase } from './run-case.mjs';

/** The folder with our own bench_keras.py and bench_torch.py. */
export const OWN_BASELINES = fileURLToPath(new URL('python', import.meta.url));

/**
 * @typedef {'bf16' | 'fp32' | 'keras' | 'torch' | 'compiled'} Contestant
 * @typedef {object} Measurement one run of one contestant
 * @property {Contestant} contestant
 * @property {string} mode
 * @property {string} arch
 * @property {number} round
 * @property {number} imagesPerSecond of clean samples when there are two, else of all
 * @property {number} cleanSamples
 * @property {number} foreignShare
 * @property {number} peakMib
 * @property {string} framework
 */

/** What each is, for the table. */
export const CONTESTANTS = /** @type {Readonly<Record<Contestant, string>>} */ ({
  bf16: 'HealthTensor bf16',
  fp32: 'HealthTensor fp32',
  keras: 'Keras original',
  torch: 'PyTorch eager fp32',
  compiled: 'PyTorch compiled bf16',
});

/** Steps of one run of a baseline: enough for a median, few enough for a slow network to end. */
const STEPS = /** @type {Readonly<Record<string, {train: number, eval: number}>>} */ ({
  cnn: { train: 15, eval: 20 },
  vgg: { train: 3, eval: 3 },
  res: { train: 4, eval: 5 },
  efficient: { train: 6, eval: 10 },
  mobile: { train: 8, eval: 12 },
});

/**
 * @typedef {object} Competition
 * @property {string | undefined} python interpreter with torch and timm
 * @property {string | undefined} kerasPython interpreter with tensorflow and keras
 * @property {string} baselines folder of the scripts
 * @property {number} batch
 * @property {number} size
 * @property {number | undefined} threads
 * @property {number | undefined} steps
 * @property {number} limit
 */

/**
 * Who takes part in a mode: torch.compile helps evaluation only.
 * @param {Competition} competition
 * @param {string} mode
 * @returns {Contestant[]}
 */
export function contestantsOf({ python, kerasPython }, mode) {
  return [
    'bf16',
    ...(kerasPython === undefined ? [] : [/** @type {const} */ ('keras')]),
    'fp32',
    ...(python === undefined ? [] : [/** @type {const} */ ('torch')]),
    ...(python === undefined || mode !== 'eval' ? [] : [/** @type {const} */ ('compiled')]),
  ];
}

/**
 * Runs one contestant once.
 * @param {Contestant} contestant
 * @param {string} mode
 * @param {string} arch
 * @param {Competition} competition
 * @returns {Promise<Omit<Measurement, 'round'>>}
 */
export async function compete(contestant, mode, arch, competition) {
  const { batch, size, threads, limit } = competition;
  const steps = competition.steps ?? STEPS[arch]?.[/** @type {'train' | 'eval'} */ (mode)] ?? 8;
  if (contestant === 'bf16' || contestant === 'fp32') {
    const settings = { arch, precision: contestant, batch, size, steps, limit };
    const result = await runCase(mode, threads === undefined ? settings : { ...settings, threads });
    return { contestant, .../** @type {Omit<Measurement, 'contestant' | 'round'>} */ (result) };
  }
  const { program, args } = baselineCommand(contestant, mode, arch, steps, competition);
  const result = await runProgram(program, args);
  const line = result.stdout.split('\n').find((text) => text.startsWith('{'));
  if (result.status !== 0 || line === undefined) {
    throw new SetupError(`${CONTESTANTS[contestant]} failed on ${arch} ${mode}:\n${tail(result.output, 8)}`, [
      'see docs/benchmarks.md for what its Python needs',
    ]);
  }
  return { contestant, mode, arch, ...readBaseline(JSON.parse(line)) };
}

/**
 * @param {Contestant} contestant
 * @param {string} mode
 * @param {string} arch
 * @param {number} steps
 * @param {Competition} competition
 */
export function baselineCommand(
  contestant,
  mode,
  arch,
  steps,
  { python, kerasPython, baselines, batch, size, threads },
) {
  const script = contestant === 'keras' ? 'bench_keras.py' : 'bench_torch.py';
  return {
    program: /** @type {string} */ (contestant === 'keras' ? kerasPython : python),
    args: [
      join(baselines, script),
      ...['--arch', arch, '--mode', mode, '--batch', String(batch), '--steps', String(steps)],
      ...['--warmup', arch === 'vgg' || arch === 'res' ? '1' : '3'],
      ...(threads === undefined ? [] : ['--threads', String(threads)]),
      ...(size === 224 ? [] : ['--size', String(size)]),
      ...(contestant === 'compiled' ? ['--layout', 'nhwc', '--dtype', 'bf16', '--opt', 'compilefreeze'] : []),
    ],
  };
}

/**
 * A baseline's line of JSON in our own words.
 * @param {{framework: string, images_per_s: number, images_per_s_clean: number | null, clean_steps: number,
 *   foreign_cpu: number, peak_rss_mib: number}} line
 */
export function readBaseline(line) {
  return {
    framework: line.framework,
    imagesPerSecond: line.images_per_s_clean ?? line.images_per_s,
    cleanSamples: line.clean_steps,
    foreignShare: line.foreign_cpu,
    peakMib: line.peak_rss_mib,
  };
}
