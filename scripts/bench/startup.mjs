// @ts-check
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { runProgram } from '../run-program.mjs';
import { round } from './meter.mjs';
import { median } from './statistics.mjs';

const ENGINE = pathToFileURL(
  join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'engine', 'index.js'),
).href;
const STARTS = 5;

/** Whole processes, timed from outside: without and with the addon. */
const PROGRAMS = {
  bare: '0',
  engine: `await import(${JSON.stringify(ENGINE)})`,
  addon: `await (await import(${JSON.stringify(ENGINE)})).engineInfo()`,
};

/** What a cold process pays for the addon: medians of alternating starts, in ms. The files are in the page cache. */
export async function measureStartup() {
  /** @type {Record<keyof typeof PROGRAMS, number[]>} */
  const ms = { bare: [], engine: [], addon: [] };
  for (let start = 0; start <= STARTS; start += 1) {
    for (const name of /** @type {(keyof typeof PROGRAMS)[]} */ (Object.keys(PROGRAMS))) {
      const begin = performance.now();
      const { status, output } = await runProgram(process.execPath, [
        '--input-type=module',
        '-e',
        PROGRAMS[name],
      ]);
      if (status !== 0) throw new Error(`The process ended with ${status}: ${output}`);
      if (start > 0) ms[name].push(performance.now() - begin);
    }
  }
  const [bare, engine, addon] = [median(ms.bare), median(ms.engine), median(ms.addon)];
  return {
    nodeMs: round(bare, 3),
    engineModulesMs: round(engine - bare, 3),
    addonMs: round(addon - engine, 3),
  };
}
