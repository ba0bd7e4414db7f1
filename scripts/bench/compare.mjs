// @ts-check
// npm run bench:compare: the engine against the Keras original's models and PyTorch's, in turns; see docs/benchmarks.md.
// One line of JSON a run, then one a standing, on standard output; the table on standard error.
import { readFile } from 'node:fs/promises';
import { runCommand } from '../setup-error.mjs';
import { COMPARE_USAGE, parseCompareArguments } from './compare-arguments.mjs';
import { compete, contestantsOf } from './contestants.mjs';
import { quietMachine } from './meter.mjs';
import { standingRow, standings, STANDING_TITLES } from './standings.mjs';
import { markdownTable } from './table.mjs';

/** @typedef {import('./contestants.mjs').Measurement} Measurement */

/** @param {string | undefined} file @returns {Promise<Measurement[]>} */
async function earlierRuns(file) {
  if (file === undefined) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).filter((line) => line.round !== undefined);
}

await runCommand(async () => {
  const args = parseCompareArguments(process.argv.slice(2));
  const runs = await earlierRuns(args.earlier);
  const before = runs.reduce((most, run) => Math.max(most, run.round), 0);
  for (const mode of args.modes) {
    for (const arch of args.architectures) {
      for (let round = before + 1; round <= before + args.rounds; round += 1) {
        for (const contestant of contestantsOf(args, mode)) {
          await quietMachine(args.wait);
          const run = { round, ...(await compete(contestant, mode, arch, args)) };
          process.stdout.write(`${JSON.stringify(run)}\n`);
          runs.push(run);
        }
      }
    }
  }
  const result = standings(runs);
  for (const standing of result) process.stdout.write(`${JSON.stringify(standing)}\n`);
  if (!args.json) process.stderr.write(`\n${markdownTable(STANDING_TITLES, result.map(standingRow))}\n`);
}, COMPARE_USAGE);
