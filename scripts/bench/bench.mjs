// @ts-check
// npm run bench -- train|eval|fast|input|memory|startup: speed and memory of the engine; see docs/benchmarks.md.
// One line of JSON a case on standard output, a table on standard error.
import { runCommand } from '../setup-error.mjs';
import { BENCH_USAGE, parseBenchArguments } from './arguments.mjs';
import { casesOf } from './cases.mjs';
import { runCase } from './run-case.mjs';
import { markdownTable } from './table.mjs';

/** @param {readonly Record<string, unknown>[]} results */
function tableOf(results) {
  const hidden = ['framework', 'cpu', 'threads', 'mode', 'batch', 'size', 'parameters', 'samples'];
  const titles = Object.keys(results[0] ?? {}).filter((title) => !hidden.includes(title));
  return markdownTable(
    titles,
    results.map((result) =>
      titles.map((title) =>
        typeof result[title] === 'number' ? result[title] : String(result[title] ?? ''),
      ),
    ),
  );
}

await runCommand(async () => {
  const args = parseBenchArguments(process.argv.slice(2));
  const { mode, batch, size, steps, limit, threads, dataset, json } = args;
  const results = [];
  for (const { arch, precision } of casesOf(args)) {
    const result = await runCase(mode, {
      arch,
      precision,
      batch,
      size,
      steps,
      limit,
      ...(threads === undefined ? {} : { threads }),
      ...(dataset === undefined ? {} : { dataset }),
    });
    process.stdout.write(`${JSON.stringify(result)}\n`);
    results.push(result);
  }
  if (!json) process.stderr.write(`\n${tableOf(results)}\n`);
}, BENCH_USAGE);
