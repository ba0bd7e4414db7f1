// @ts-check
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parallelJobs } from './parallel-jobs.mjs';
import { runProgram, tail } from './run-program.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Compiles and links the addon with cmake-js; the whole output goes to a log file, a terminal sees where it is.
 * @param {import('./build-stamp.mjs').BuildPlaces} places
 * @param {{libtorch: import('./provision/libtorch-folder.mjs').Libtorch, compiler: string, env: NodeJS.ProcessEnv,
 *   report: import('./report.mjs').Report}} options
 * @returns {Promise<string>} path of the addon, not yet where the loader looks
 */
export async function compileAddon(places, { libtorch, compiler, env, report }) {
  await dropForeignCache(places, compiler);
  await mkdir(places.cmake, { recursive: true });
  const cmakeJs = createRequire(join(places.root, 'package.json')).resolve('cmake-js/bin/cmake-js');
  const options = ['--config', 'Release', '--directory', places.root, '--out', places.cmake];
  options.push('--parallel', String(parallelJobs()));
  options.push(`--CDLIBTORCH=${libtorch.path}`, `--CDADDON_FOLDER=${places.release}`);
  let output = '';
  // `build` alone would keep the settings of an earlier configuration, and with them another libtorch.
  for (const command of ['configure', 'build']) {
    const result = await runProgram(process.execPath, [cmakeJs, command, ...options], {
      env: { ...withoutOuterMake(env), CXX: compiler },
      onOutput: (text) => report.progress(`  ${tail(text, 1).trim()}`),
    });
    output += result.output;
    await writeFile(places.log, output);
    if (result.status !== 0) {
      throw new SetupError(`The addon does not compile:\n${tail(firstErrors(output), 60)}`, [
        `the whole output is in ${places.log}`,
      ]);
    }
  }
  return join(places.cmake, 'Release', 'healthtensor.node');
}

/**
 * From the first compiler error on: what follows it is usually its consequence.
 * @param {string} output
 */
function firstErrors(output) {
  const at = output.search(/^.*\b(error|Error|FAILED):/m);
  return at < 0 ? output : output.slice(at).split('\n').slice(0, 60).join('\n');
}

/**
 * CMake keeps the source folder and the compiler in its cache and refuses or ignores others: a clone that was moved,
 * or another compiler, starts afresh.
 * @param {import('./build-stamp.mjs').BuildPlaces} places
 * @param {string} compiler
 */
async function dropForeignCache(places, compiler) {
  const cache = await readFile(join(places.cmake, 'CMakeCache.txt'), 'utf8').catch(() => undefined);
  if (cache === undefined) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache)?.[1];
  const cached = /^CMAKE_CXX_COMPILER:\w+=(.*)$/m.exec(cache)?.[1];
  const sameCompiler = cached === compiler || cached?.endsWith(`/${compiler}`);
  if (home !== places.root || !sameCompiler) await rm(places.cmake, { recursive: true, force: true });
}

/**
 * Under node-gyp this runs inside make, whose job server must not reach the build's own ninja or make.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutOuterMake(env) {
  const rest = { ...env };
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL']) delete rest[name];
  // node_modules/.bin/cmake-js looks for node by name.
  return { ...rest, PATH: `${dirname(process.execPath)}:${env.PATH ?? ''}` };
}
