// @ts-check
import { join } from 'node:path';
import { atLeast } from '../preflight.mjs';
import { runProgram } from '../run-program.mjs';
import { SetupError } from '../setup-error.mjs';
import { cacheRoot, cachedState } from './cache.mjs';
import { inspectLibtorch } from './libtorch-folder.mjs';
import { OLDEST_LIBTORCH, PINS } from './pins.mjs';

/** @typedef {import('./libtorch-folder.mjs').Libtorch} Libtorch */
/** @typedef {{env: NodeJS.ProcessEnv, kind: 'cpu' | 'cuda', report: import('../report.mjs').Report}} Search */

/**
 * The libtorch that this machine already has, in this order: LIBTORCH, Python's torch, the cache folder.
 * @param {Search} search
 * @returns {Promise<Libtorch | undefined>}
 */
export async function locateLibtorch(search) {
  return (await fromVariable(search)) ?? (await fromPython(search)) ?? (await fromCache(search));
}

/** @param {Libtorch} libtorch */
export function describeLibtorch({ path, version, cuda }) {
  return `libtorch ${version} (${cuda === null ? 'CPU' : `CUDA ${cuda}`}) in ${path}`;
}

/**
 * What LIBTORCH names is used or refused, never passed over: the user said so.
 * @param {Search} search
 */
async function fromVariable({ env, kind, report }) {
  if (!env.LIBTORCH) return undefined;
  const found = await inspectLibtorch(env.LIBTORCH);
  const remedies = ['set LIBTORCH to an unpacked libtorch or a torch package folder, or unset it'];
  if ('problem' in found) {
    throw new SetupError(
      `LIBTORCH=${env.LIBTORCH} is not a libtorch that can be used: ${found.problem}`,
      remedies,
    );
  }
  if (!atLeast(found.version, OLDEST_LIBTORCH)) {
    throw new SetupError(
      `LIBTORCH=${env.LIBTORCH} is libtorch ${found.version}; ${OLDEST_LIBTORCH} or later is needed`,
      remedies,
    );
  }
  if (kind === 'cuda' && found.cuda === null) {
    throw new SetupError(
      `LIBTORCH=${env.LIBTORCH} has no libtorch_cuda.so, but --cuda was asked for`,
      remedies,
    );
  }
  report.say(`libtorch: LIBTORCH names ${describeLibtorch(found)}`);
  const tested = [PINS.cpu.version, PINS.cuda.version];
  if (!tested.includes(found.version)) {
    report.say(`  note: HealthTensor is tested with ${tested.join(' and ')}, not with ${found.version}`);
  }
  return found;
}

/** Finds the package without importing it, which would take seconds. */
const FIND_TORCH =
  "import importlib.util as u; s = u.find_spec('torch'); print((s.origin or '') if s else '')";

/**
 * Python's torch counts only when it is the pinned release and kind, because libtorch's ABI changes with each release.
 * @param {Search} search
 */
async function fromPython({ env, kind, report }) {
  // From '/', so that a folder named torch where the user happens to be is not taken for the package.
  const python = await runProgram('python3', ['-c', FIND_TORCH], { env, cwd: '/' });
  const origin = python.stdout.trim();
  if (python.status !== 0 || !origin.endsWith('__init__.py')) {
    report.say(`libtorch: LIBTORCH is not set, Python has no torch`);
    return undefined;
  }
  const found = await inspectLibtorch(join(origin, '..'));
  if ('problem' in found) {
    report.say(`libtorch: Python's torch in ${join(origin, '..')} is passed over: ${found.problem}`);
    return undefined;
  }
  const pin = PINS[kind];
  if (found.version !== pin.version || (found.cuda === null) !== (pin.cuda === null)) {
    const wanted = `${pin.version} (${pin.cuda === null ? 'CPU' : `CUDA ${pin.cuda}`})`;
    report.say(`libtorch: Python has ${describeLibtorch(found)}, passed over: ${wanted} is wanted`);
    return undefined;
  }
  report.say(`libtorch: Python has ${describeLibtorch(found)}`);
  return found;
}

/** @param {Search} search */
async function fromCache({ env, kind, report }) {
  const folder = join(cacheRoot(env), PINS[kind].folder);
  const state = await cachedState(folder);
  if (state === 'whole') {
    const found = await inspectLibtorch(folder);
    if (!('problem' in found)) {
      report.say(`libtorch: already provisioned, ${describeLibtorch(found)}`);
      return found;
    }
  }
  const finding =
    state === 'absent' ? 'nothing provisioned yet in' : 'an incomplete copy, to be replaced, in';
  report.say(`libtorch: ${finding} ${folder}`);
  return undefined;
}
