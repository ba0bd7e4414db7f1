// @ts-check
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { median, mean } from './statistics.mjs';

/**
 * Times samples on a machine that others use too. For each sample, /proc/stat and this process' own CPU time tell what
 * share of the machine's CPU time went to others (or was stolen by the hypervisor). A sample is clean below 6 %: more
 * than that slows an operation that waits for all its threads.
 */
export const CLEAN_SHARE = 0.06;

/** Linux counts CPU time in ticks of 10 ms (USER_HZ is 100 in its ABI). */
const TICK_SECONDS = 0.01;
/** Both counters are cut to whole ticks: up to two of them are nobody's. */
const SLACK_SECONDS = 2 * TICK_SECONDS;

/**
 * @typedef {object} Sample
 * @property {number} seconds of one unit of work (a step, a batch)
 * @property {number} foreign share of the machine's CPU time that others had meanwhile, 0..1
 */

/**
 * Busy seconds of all CPUs since the start of the machine.
 * @param {string} stat content of /proc/stat
 */
export function busySeconds(stat) {
  const line = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/);
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = line.slice(1, 9).map(Number);
  if (line[0] !== 'cpu' || stolen === undefined)
    throw new Error('/proc/stat does not start with the line of all CPUs');
  return (
    (Number(user) + Number(nice) + Number(system) + Number(interrupts) + Number(softInterrupts) + stolen) *
    TICK_SECONDS
  );
}

const ownSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Starts a sample; the function returned ends it, for so many units of work. */
export function startSample() {
  const busy = busySeconds(readFileSync('/proc/stat', 'latin1'));
  const own = ownSeconds();
  const start = performance.now();
  /** @type {(units?: number, seconds?: number) => Sample} */
  return (units = 1, seconds = (performance.now() - start) / 1000) => {
    const wall = (performance.now() - start) / 1000;
    const others = busySeconds(readFileSync('/proc/stat', 'latin1')) - busy - (ownSeconds() - own);
    return {
      seconds: seconds / units,
      foreign: Math.max(0, others - SLACK_SECONDS) / (wall * cpus().length),
    };
  };
}

/**
 * Takes samples until there are `wanted` clean ones, or until `limitSeconds` have passed and there are three of any kind.
 * @param {{wanted: number, limitSeconds: number}} how
 * @param {() => Promise<Sample>} take
 * @returns {Promise<Sample[]>}
 */
export async function takeSamples({ wanted, limitSeconds }, take) {
  /** @type {Sample[]} */
  const samples = [];
  const start = performance.now();
  const clean = () => samples.filter(isClean).length;
  while (clean() < wanted && (samples.length < 3 || performance.now() - start < limitSeconds * 1000)) {
    samples.push(await take());
  }
  return samples;
}

/** @param {Sample} sample */
const isClean = (sample) => sample.foreign < CLEAN_SHARE;

/**
 * What samples say about the speed: of the clean ones when there are two of them, otherwise of all, which `clean` tells.
 * @param {readonly Sample[]} samples of one unit of work with `images` images each
 * @param {number} images
 */
export function summarise(samples, images) {
  const clean = samples.filter(isClean);
  const counted = clean.length >= 2 ? clean : samples;
  const step = median(counted.map((sample) => sample.seconds));
  return {
    imagesPerSecond: round(images / step, 4),
    stepMs: round(step * 1e3, 4),
    stepMsMin: round(Math.min(...counted.map((sample) => sample.seconds)) * 1e3, 4),
    samples: samples.length,
    cleanSamples: clean.length,
    foreignShare: round(mean(samples.map((sample) => sample.foreign)), 2),
  };
}

/**
 * Rounds to significant digits.
 * @param {number} value
 * @param {number} digits
 */
export function round(value, digits) {
  return Number(value.toPrecision(digits));
}

/**
 * Waits until the machine is idle for a second, or so many seconds at most.
 * @param {number} atMost
 */
export async function quietMachine(atMost) {
  for (let waited = 0; waited < atMost; waited += 1) {
    const end = startSample();
    await setTimeout(1000);
    if (end().foreign < CLEAN_SHARE) return;
  }
}
