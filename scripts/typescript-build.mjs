// @ts-check
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';
import { SetupError } from './setup-error.mjs';
import { digestOfFiles } from './source-digest.mjs';

/**
 * @typedef {object} DistStamp
 * @property {string} digest of the sources, tsconfig.json and TypeScript's own package.json
 * @property {string[]} sources
 */

/**
 * Compiles src/ to dist/ when the sources have changed since the last time.
 * @param {string} root the package's folder
 * @param {import('./report.mjs').Report} report
 * @returns {Promise<'built' | 'up to date'>}
 */
export async function buildTypeScript(root, report) {
  const stampFile = join(root, 'dist', 'build-stamp.json');
  const names = await readdir(join(root, 'src'), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
  const tool = join('node_modules', 'typescript', 'package.json');
  const digest = await digestOfFiles(root, [...sources, 'tsconfig.json', tool]);
  const previous = await readStamp(stampFile);
  const entry = join(root, 'dist', 'cli', 'main.js');
  if (previous?.digest === digest && (await exists(entry))) return 'up to date';

  // tsc leaves the output of a source that is gone; only a fresh folder is sure to be what the sources say.
  const gone = previous === undefined || previous.sources.some((name) => !sources.includes(name));
  if (gone) await rm(join(root, 'dist'), { recursive: true, force: true });
  await report.step('compile the TypeScript', async () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const result = await runProgram(process.execPath, [tsc, '-p', root], { cwd: root });
    if (result.status !== 0) {
      throw new SetupError(`The TypeScript does not compile:\n${result.output.trimEnd()}`);
    }
  });
  await writeFile(stampFile, JSON.stringify({ digest, sources }));
  return 'built';
}

/**
 * @param {string} file
 * @returns {Promise<DistStamp | undefined>}
 */
async function readStamp(file) {
  try {
    const stamp = JSON.parse(await readFile(file, 'utf8'));
    return typeof stamp?.digest === 'string' && Array.isArray(stamp.sources) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} path */
async function exists(path) {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
