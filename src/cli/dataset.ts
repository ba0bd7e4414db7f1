import type { Command } from 'commander';
import { printable } from '../common/log.js';
import { type ProgressBar, progressBar } from '../common/progress-bar.js';
import { addOptions, optionsOf } from './options/command.js';
import { CHECK_OPTIONS, DOWNLOAD_OPTIONS, SYNTH_OPTIONS } from './options/dataset.js';
import { logOf } from './options/shared.js';
import { run } from './run.js';

/** `healthtensor dataset synth | download | check` */
export function configure(command: Command): void {
  const synth = command.command('synth').description('draw labelled phantom chest X-rays');
  addOptions(synth, SYNTH_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(synth, SYNTH_OPTIONS);
      const { synthesizeDataset } = await import('../dataset/index.js');
      const bar = progressBar('drawing', logOf(options, 'dataset'));
      const made = await synthesizeDataset({
        ...options,
        signal,
        onProgress: ({ done, total }) => bar.report(done, total),
      }).finally(bar.end);
      print(
        `${made.created ? 'Drew' : 'There already:'} ${made.images} images of ${made.patients} patients in ${made.path}`,
      );
    }),
  );

  const download = command
    .command('download')
    .description('download a data set repository from the Hub and unpack it');
  addOptions(download, DOWNLOAD_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(download, DOWNLOAD_OPTIONS);
      const [{ downloadDataset }, { Hub }] = await Promise.all([
        import('../dataset/index.js'),
        import('../hub/index.js'),
      ]);
      const log = logOf(options, 'dataset');
      const hub = new Hub({
        endpoint: options.hubEndpoint,
        token: options.accessToken,
        downloadHosts: options.downloadHosts,
        log,
      });
      let shown: { readonly file: string; readonly bar: ProgressBar } | undefined;
      try {
        const got = await downloadDataset({
          hub,
          repo: options.repo,
          revision: options.revision,
          path: options.path,
          log,
          signal,
          onProgress: ({ file, done, total }) => {
            if (shown?.file !== file) shown = { file, bar: progressBar(file, log) };
            shown.bar.report(done, total);
            if (done >= total) shown.bar.end();
          },
        });
        print(
          `${got.created ? 'Downloaded' : 'There already:'} ${got.repo} at ${got.revision}, ${got.images} images in ${got.path}`,
        );
      } finally {
        shown?.bar.end();
        await hub.close();
      }
    }),
  );

  const check = command
    .command('check')
    .description('look for problems of a data set: damage, duplicates, patients on both sides of a split')
    .addHelpText(
      'after',
      '\nThe exit code is 0 without problems, 2 with some, 1 when the check could not be made.',
    );
  addOptions(check, CHECK_OPTIONS).action(() =>
    run(async (signal) => {
      const { json, datasetCache, ...options } = optionsOf(check, CHECK_OPTIONS);
      const { checkDataset, formatDatasetReport, problemsOf } = await import('../dataset/index.js');
      const bar = progressBar('reading', logOf(options, 'dataset'));
      const report = await checkDataset({
        ...options,
        cacheDirectory: datasetCache,
        signal,
        onProgress: ({ done, total }) => bar.report(done, total),
      }).finally(bar.end);
      print(json ? JSON.stringify(report, undefined, 2) : printable(formatDatasetReport(report)));
      if (problemsOf(report).length > 0) process.exitCode = 2;
    }),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
