// @ts-check
import { engineModule } from './built.mjs';
import { round } from './meter.mjs';
import { processMemory } from './process-memory.mjs';
import { slope } from './statistics.mjs';
import { trainerOptions } from './train.mjs';

/** @typedef {import('./train.mjs').CaseSettings} CaseSettings */

const STEPS = 500;
const EVERY = 10;
/** Before them, caches and the JavaScript heap still find their size. */
const SETTLING = 100;

/**
 * Resident memory over 500 steps: a leak shows as a slope.
 * @param {CaseSettings} settings
 */
export async function measureMemory(settings) {
  const { Trainer } = await engineModule();
  const trainer = await Trainer.open(await trainerOptions(settings, 1));
  /** @type {number[]} */
  const steps = [];
  /** @type {number[]} */
  const resident = [];
  for (let step = 1; step <= STEPS; step += 1) {
    await trainer.trainEpoch();
    if (step < SETTLING || step % EVERY !== 0) continue;
    steps.push(step);
    resident.push(processMemory().residentMib);
  }
  trainer.dispose();
  return {
    steps: STEPS,
    residentMibFirst: resident[0],
    residentMibLast: resident.at(-1),
    slopeKibPerStep: round(slope(steps, resident) * 1024, 3),
  };
}
