// @ts-check
// node case.mjs MODE SETTINGS: one measurement in a process of its own; prints its result as one line of JSON.
import { engineModule, distModule } from './built.mjs';
import { measureEvaluate } from './evaluate.mjs';
import { measureFast } from './fast.mjs';
import { forwardOperations, trainingOperations } from './flops.mjs';
import { measureInput } from './input.mjs';
import { measureMemory } from './memory.mjs';
import { round } from './meter.mjs';
import { processMemory } from './process-memory.mjs';
import { measureStartup } from './startup.mjs';
import { measureTrain, writeWeights } from './train.mjs';

/** @typedef {import('./train.mjs').CaseSettings} CaseSettings */

/** @type {Record<string, (settings: CaseSettings) => Promise<Record<string, unknown>>>} */
const MEASUREMENTS = {
  train: measureTrain,
  eval: measureEvaluate,
  fast: measureFast,
  input: measureInput,
  memory: measureMemory,
  startup: measureStartup,
  weights: writeWeights,
};

/** @type {Readonly<Record<string, typeof forwardOperations>>} */
const OPERATIONS = { train: trainingOperations, eval: forwardOperations };

/**
 * Arithmetic a second, and its share of the most that libtorch reaches here. Measured last: the memory before counts.
 * @param {string} mode
 * @param {CaseSettings} settings
 * @param {number} imagesPerSecond
 */
async function efficiency(mode, { arch, size, precision, threads }, imagesPerSecond) {
  const operations = OPERATIONS[mode];
  if (operations === undefined) return {};
  const { openDevice } = await engineModule();
  const { loadAddon } = await distModule('engine/load-addon.js');
  const { nativeDevice } = await distModule('engine/device.js');
  const device = await openDevice(threads === undefined ? { kind: 'cpu' } : { kind: 'cpu', threads });
  const peak = await (await loadAddon()).measurePeak(nativeDevice(device), precision);
  const reached = imagesPerSecond * operations(arch, size);
  return {
    gigaflopsPerSecond: round(reached / 1e9, 3),
    peakGigaflopsPerSecond: round(peak / 1e9, 3),
    shareOfPeak: round(reached / peak, 2),
  };
}

const [mode = '', text = ''] = process.argv.slice(2);
const settings = /** @type {CaseSettings} */ (JSON.parse(text));
const start = performance.now();
const { engineInfo } = await engineModule();
const { torchVersion, cpuCapability, defaultThreads } = await engineInfo();
const loadMs = Math.round(performance.now() - start);
const measured = await /** @type {(typeof MEASUREMENTS)[string]} */ (MEASUREMENTS[mode])(settings);
const { peakMib } = processMemory();
const rate = typeof measured.imagesPerSecond === 'number' ? measured.imagesPerSecond : 0;
const result = {
  framework: `healthtensor, libtorch ${torchVersion}`,
  cpu: cpuCapability,
  threads: settings.threads ?? defaultThreads,
  ...measured,
  ...(await efficiency(mode, settings, rate)),
  peakMib,
  loadMs,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
