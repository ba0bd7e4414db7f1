import type { Command } from 'commander';
import { parseDevice } from '../engine/device-request.js';
import { printChecks } from './checks.js';
import { addOptions, optionsOf } from './options/command.js';
import type { Values } from './options/definition.js';
import { path } from './options/parsers.js';
import { chainEndpointsOf, logOf } from './options/shared.js';
import { VERIFY_REPORT_OPTIONS } from './options/verify-report.js';
import { run } from './run.js';

/** `healthtensor verify-report <file>`: exit code 1 when anything in the report is not so, 0 otherwise. */
export function configure(command: Command): void {
  command.argument('<file>', "a validator's report.json or reports.jsonl");
  addOptions(command, VERIFY_REPORT_OPTIONS)
    .addHelpText(
      'after',
      '\nExit code: 0 all that could be computed again is so (warnings name the rest), 1 something is not.',
    )
    .action((file: string) =>
      run((signal) => verify(file, optionsOf(command, VERIFY_REPORT_OPTIONS), signal)),
    );
}

async function verify(
  file: string,
  options: Values<typeof VERIFY_REPORT_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { readReport, verifyReport, withTools } = await import('../validator/answers/index.js');
  const report = await readReport(path('the report', file), options.round);
  const { datasetPath, datasetCache, batchSize, best } = options;
  const log = logOf(options, 'verify-report');
  const sources = { endpoints: options.offline ? undefined : chainEndpointsOf(options), log, signal };
  const checks =
    datasetPath === undefined
      ? await verifyReport(report, { ...sources, judge: undefined })
      : await withTools(
          {
            device: parseDevice('--device', options.device),
            dataset: { path: datasetPath, cacheDirectory: datasetCache },
            hub: { endpoint: options.hubEndpoint, downloadHosts: options.downloadHosts },
            log,
            signal,
          },
          ({ models, evaluator, data }) =>
            verifyReport(report, {
              ...sources,
              best,
              judge: data && { models, evaluator, data, batchSize, signal },
            }),
        );
  printChecks(checks, options.json);
}
