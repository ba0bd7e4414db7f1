// @ts-check
// npm run build:native [-- --cpu | --cuda] [-- --force]
import { describeMissing, missingNode, missingTools } from './preflight.mjs';
import { SetupError, runCommand } from './setup-error.mjs';

await runCommand(async () => {
  // An old Node cannot even load the modules below: everything that is missing is named first.
  if (missingNode().length > 0) throw new SetupError(describeMissing(await missingTools()));
  const { fileURLToPath } = await import('node:url');
  const { buildNative } = await import('./native-build.mjs');
  const { nativeBuildFlags } = await import('./native-build-flags.mjs');
  const { streamReport } = await import('./report.mjs');
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const report = streamReport();
  const outcome = await buildNative({ root, report, ...nativeBuildFlags(process.argv.slice(2)) });
  if (outcome === 'up to date') report.say('native build: up to date (--force builds again)');
});
