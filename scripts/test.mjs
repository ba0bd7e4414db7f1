// @ts-check
// npm test [-- paths and jest flags]: lint, then every test. With arguments only the tests that they choose, no lint.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './setup-error.mjs';
import { closingLine } from './test-summary.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a program with this terminal as its own; a signal counts as failure.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (status) => resolve(status ?? 1));
  });
}

await runCommand(async () => {
  const chosen = process.argv.slice(2);
  if (chosen.length === 0) {
    const lint = await run('npm', ['run', '--silent', 'lint']);
    if (lint !== 0) return lint;
  }
  const folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-run-'));
  try {
    const results = join(folder, 'results.json');
    const jest = join('node_modules', 'jest', 'bin', 'jest.js');
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const status = await run(process.execPath, [
      ...flags,
      jest,
      '--json',
      '--outputFile',
      results,
      ...chosen,
    ]);
    const text = await readFile(results, 'utf8').catch(() => undefined);
    if (!process.env.HEALTHTENSOR_TEST_SHARED) {
      console.log(
        'HEALTHTENSOR_TEST_SHARED is not set: the tests of real X-rays and real chain data were skipped.',
      );
    }
    if (text === undefined) return status || 1;
    console.log(closingLine(JSON.parse(text)));
    return status;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
