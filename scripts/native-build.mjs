// @ts-check
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { withBuildLock } from './build-lock.mjs';
import { NODE_API, addonFacts, buildPlaces, portablePath, staleReason, writeStamp } from './build-stamp.mjs';
import { compileAddon } from './compile-addon.mjs';
import { describeMissing, findCompiler, missingTools } from './preflight.mjs';
import { inspectLibtorch } from './provision/libtorch-folder.mjs';
import { machineKind } from './provision/machine-kind.mjs';
import { provisionLibtorch } from './provision/provision.mjs';
import { runProgram, tail } from './run-program.mjs';
import { SetupError } from './setup-error.mjs';
import { nativeSourceDigest } from './source-digest.mjs';

/**
 * @typedef {object} NativeBuildOptions
 * @property {string} root the package's folder
 * @property {import('./report.mjs').Report} report
 * @property {NodeJS.ProcessEnv} [env]
 * @property {'cpu' | 'cuda'} [kind] forces what is provisioned
 * @property {boolean} [force] builds even when everything is up to date
 * @property {string} [folder] another build folder than the one the loader looks in
 */

/**
 * Brings the addon up to date: checks the tools, provisions libtorch, compiles, proves, stamps.
 * @param {NativeBuildOptions} options
 * @returns {Promise<'built' | 'up to date'>}
 */
export async function buildNative(options) {
  const { root, report, env = process.env } = options;
  const places = buildPlaces(root, options.folder);
  const wanted = await wantedBuild(options.kind, env);
  if (options.force !== true && (await staleReason(places, wanted)) === undefined) return 'up to date';
  const missing = await missingTools({ env });
  if (missing.length > 0) throw new SetupError(describeMissing(missing));
  const onWait = (/** @type {string} */ pid) =>
    report.say(`process ${pid} is building here: waiting for it (if it is not, remove ${places.lock}) ...`);
  return await withBuildLock(places.lock, onWait, async () => {
    const reason = options.force === true ? 'asked for' : await staleReason(places, wanted);
    if (reason === undefined) return 'up to date';
    report.say(`native build: ${reason}`);
    await buildAndProve(places, wanted, { report, env });
    return 'built';
  });
}

/**
 * @param {'cpu' | 'cuda' | undefined} kind
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./build-stamp.mjs').Wanted>}
 */
async function wantedBuild(kind, env) {
  const named = env.LIBTORCH ? await inspectLibtorch(env.LIBTORCH) : undefined;
  return {
    machineKind: machineKind(),
    ...(kind === undefined ? {} : { kind }),
    // What is wrong with LIBTORCH is said by the provisioning; any value keeps the build from counting as up to date.
    ...(named === undefined ? {} : { libtorch: 'path' in named ? named.path : (env.LIBTORCH ?? '') }),
  };
}

/**
 * @param {import('./build-stamp.mjs').BuildPlaces} places
 * @param {import('./build-stamp.mjs').Wanted} wanted
 * @param {{env: NodeJS.ProcessEnv, report: import('./report.mjs').Report}} context
 */
async function buildAndProve(places, wanted, { env, report }) {
  const kind = wanted.kind ?? (env.LIBTORCH ? 'cpu' : wanted.machineKind);
  const libtorch = await provisionLibtorch({ env, kind, report });
  const tools = await findCompiler(env);
  if ('problem' in tools) throw new SetupError(`There is no C++20 compiler: ${tools.problem}`);
  // Taken before the compiler reads the files: an edit made meanwhile leaves the stamp out of date, as it should.
  const sourceDigest = (await nativeSourceDigest(places.root)) ?? '';
  const compiled = await report.step(`compile the addon with ${tools.version}`, () =>
    compileAddon(places, { libtorch, compiler: tools.compiler, env, report }),
  );
  const candidate = join(places.release, `.candidate-${process.pid}.node`);
  await mkdir(places.release, { recursive: true });
  try {
    await copyFile(compiled, candidate);
    await placeNccl(dirname(compiled), places.release, libtorch.cuda !== null);
    const proof = await report.step('prove the addon: load it, train a step', () =>
      proveAddon(candidate, libtorch, env),
    );
    report.say(`  ${proof}`);
    const addon = await addonFacts(candidate);
    // The old stamp no longer describes the new addon: should this be cut short here, the next run builds again.
    await rename(candidate, places.addon);
    await placeLauncher(dirname(compiled), places.launcher);
    await writeStamp(places, {
      format: 1,
      sourceDigest,
      libtorch: { ...libtorch, path: portablePath(places.root, libtorch.path) },
      chosenBy: wanted.kind !== undefined ? 'option' : env.LIBTORCH ? 'LIBTORCH' : 'machine',
      compiler: tools.version,
      nodeApi: NODE_API,
      platform: `${process.platform}-${process.arch}`,
      addon,
    });
  } finally {
    await rm(candidate, { force: true });
  }
}

/**
 * The library for several GPUs lies beside the addon; a build for the CPU has none, and one for CUDA where NCCL's headers
 * were at hand.
 * @param {string} from
 * @param {string} to
 * @param {boolean} cuda
 */
async function placeNccl(from, to, cuda) {
  const library = 'libhealthtensor_nccl.so';
  await rm(join(to, library), { force: true });
  if (cuda && existsSync(join(from, library))) await copyFile(join(from, library), join(to, library));
}

/**
 * Renamed into place: the one before it may be running.
 * @param {string} from
 * @param {string} launcher
 */
async function placeLauncher(from, launcher) {
  const candidate = `${launcher}.${process.pid}.tmp`;
  await copyFile(join(from, basename(launcher)), candidate);
  await rename(candidate, launcher);
}

/**
 * @param {string} addon
 * @param {import('./provision/libtorch-folder.mjs').Libtorch} libtorch
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} a line for a person
 */
async function proveAddon(addon, libtorch, env) {
  // libtorch must be found by the addon's own RUNPATH, not by luck of the builder's environment.
  const clean = { ...env };
  delete clean.LD_LIBRARY_PATH;
  const kind = libtorch.cuda === null ? 'cpu' : 'cuda';
  const script = join(import.meta.dirname, 'prove-addon.mjs');
  const result = await runProgram(process.execPath, [script, addon, libtorch.path, kind], { env: clean });
  if (result.status !== 0) {
    const end = result.signal === null ? `exit code ${result.status}` : `signal ${result.signal}`;
    throw new SetupError(`The addon was built but failed its proof (${end}):\n${tail(result.output, 30)}`, [
      'an addon that was there before is left as it was',
    ]);
  }
  const facts = JSON.parse(tail(result.stdout, 1));
  const cuda = kind === 'cuda' ? `, CUDA backend registered, ${facts.devices} GPU(s)` : '';
  return `libtorch ${facts.torchVersion}, ${facts.cpuCapability}, trains on the CPU${facts.devices > 0 ? ' and the GPU' : ''}${cuda}`;
}
