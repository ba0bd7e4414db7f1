// @ts-check
// Runs on Node versions that are too old for the rest, to say so: no API newer than Node 14 here or in what it imports.
import { runProgram } from './run-program.mjs';

/** The oldest Node the package runs on; equal to `engines.node` in package.json. */
export const OLDEST_NODE = '20.17.0';
const OLDEST_CMAKE = '3.18.0';

/** Needs the library headers of C++20 and OpenMP, not just a compiler that accepts the flag. */
const PROBE = '#include <concepts>\n#include <span>\n#include <omp.h>\nstatic_assert(std::integral<int>);\n';

/**
 * @typedef {object} Missing
 * @property {string} what what is needed and what was found instead
 * @property {string} remedy
 * @property {string} [debian] package to install on Debian and its relatives
 */

/**
 * Whether a dotted version is at least another.
 * @param {string} version
 * @param {string} oldest
 */
export function atLeast(version, oldest) {
  const [have, need] = [version, oldest].map((text) =>
    text.split('.').map((part) => parseInt(part, 10) || 0),
  );
  for (let i = 0; i < 3; i += 1) {
    const difference = (have?.[i] ?? 0) - (need?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * @param {string} version of the running Node
 * @returns {Missing[]}
 */
export function missingNode(version = process.versions.node) {
  if (atLeast(version, OLDEST_NODE)) return [];
  return [
    {
      what: `Node.js ${OLDEST_NODE} or later: this is ${version}`,
      remedy: 'install a current LTS release from https://nodejs.org or with a version manager such as nvm',
    },
  ];
}

/**
 * The C++ compiler of a build: `CXX` where it is set, else the first of c++, g++ and clang++ that compiles C++20.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{compiler: string, version: string} | {problem: string}>}
 */
export async function findCompiler(env) {
  const candidates = env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'];
  const refused = [];
  for (const compiler of candidates) {
    const version = await runProgram(compiler, ['--version'], { env });
    if (!version.found) continue;
    const flags = ['-std=c++20', '-fopenmp', '-fsyntax-only', '-x', 'c++', '-'];
    const probe = await runProgram(compiler, flags, { env, input: PROBE });
    if (probe.status === 0) return { compiler, version: version.stdout.split('\n')[0]?.trim() ?? compiler };
    refused.push(
      `${compiler} cannot compile C++20 with OpenMP (${probe.stderr.trim().split('\n')[0] ?? ''})`,
    );
  }
  return { problem: refused.join('; ') || `none of ${candidates.join(', ')} was found` };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Missing[]>}
 */
async function missingCmake(env) {
  const cmake = await runProgram('cmake', ['--version'], { env });
  const version = /cmake version (\d+\.\d+(\.\d+)?)/.exec(cmake.stdout)?.[1];
  if (version !== undefined && atLeast(version, OLDEST_CMAKE)) return [];
  const found = version === undefined ? 'not found' : `this is ${version}`;
  return [
    {
      what: `cmake 3.18 or later: ${found}`,
      remedy: 'install it from your distribution or from https://cmake.org/download',
      debian: 'cmake',
    },
  ];
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Missing[]>}
 */
async function missingBuilder(env) {
  for (const builder of ['ninja', 'make']) {
    if ((await runProgram(builder, ['--version'], { env })).status === 0) return [];
  }
  return [{ what: 'make or ninja: neither was found', remedy: 'install one of them', debian: 'ninja-build' }];
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Missing[]>}
 */
async function missingCompiler(env) {
  const found = await findCompiler(env);
  if ('compiler' in found) return [];
  return [
    {
      what: `a C++20 compiler with OpenMP: ${found.problem}`,
      remedy: 'install g++ 11 or later (or clang 15 or later with libomp), or name one with CXX',
      debian: 'g++',
    },
  ];
}

/**
 * Everything the native build needs and this machine lacks, all of it at once.
 * @param {{env?: NodeJS.ProcessEnv, nodeVersion?: string}} [options]
 * @returns {Promise<Missing[]>}
 */
export async function missingTools({ env = process.env, nodeVersion = process.versions.node } = {}) {
  const tools = await Promise.all([missingCompiler(env), missingCmake(env), missingBuilder(env)]);
  return [...missingNode(nodeVersion), ...tools.flat()];
}

/**
 * The message for a person: each missing thing with its remedy, then one command for Debian.
 * @param {readonly Missing[]} missing
 */
export function describeMissing(missing) {
  const lines = missing.map(({ what, remedy }) => `  - ${what}\n      ${remedy}`);
  const packages = missing.flatMap(({ debian }) => (debian === undefined ? [] : [debian]));
  const command =
    packages.length === 0 ? [] : [`On Debian or Ubuntu: sudo apt-get install -y ${packages.join(' ')}`];
  return ['This machine lacks something that HealthTensor needs:', ...lines, ...command].join('\n');
}
