// @ts-check
// npm run setup: brings the native addon and dist/ up to date. Quick and quiet when there is nothing to do.
import { describeMissing, missingNode, missingTools } from './preflight.mjs';
import { SetupError, runCommand } from './setup-error.mjs';

await runCommand(async () => {
  // An old Node cannot even load the modules below: everything that is missing is named first.
  if (missingNode().length > 0) throw new SetupError(describeMissing(await missingTools()));
  const { fileURLToPath } = await import('node:url');
  const { buildNative } = await import('./native-build.mjs');
  const { buildTypeScript } = await import('./typescript-build.mjs');
  const { streamReport } = await import('./report.mjs');
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const report = streamReport();
  await buildNative({ root, report });
  await buildTypeScript(root, report);
});
