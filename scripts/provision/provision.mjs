// @ts-check
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SetupError } from '../setup-error.mjs';
import { cacheRoot, fillCache } from './cache.mjs';
import { fetchWheels } from './fetch-wheel.mjs';
import { fetchLibtorchZip } from './fetch-zip.mjs';
import { inspectLibtorch } from './libtorch-folder.mjs';
import { describeLibtorch, locateLibtorch } from './locate.mjs';
import { PINS } from './pins.mjs';
import { sha256File, unpackLibtorchZip, unpackWheel } from './unpack.mjs';

/** @typedef {import('./locate.mjs').Search} Search */
/** @typedef {import('./pins.mjs').Pin} Pin */

/**
 * A libtorch to build against: found on this machine, or fetched into the cache folder. Says which.
 * @param {Search} search
 * @returns {Promise<import('./libtorch-folder.mjs').Libtorch>}
 */
export async function provisionLibtorch(search) {
  const found = await locateLibtorch(search);
  if (found !== undefined) return found;
  const pin = PINS[search.kind];
  const folder = join(cacheRoot(search.env), pin.folder);
  await search.report.step(`fetch libtorch ${pin.folder} into ${folder}`, () =>
    fillCache(folder, (scratch) => fetchInto(scratch, pin, search)),
  );
  const provisioned = await inspectLibtorch(folder);
  if ('problem' in provisioned)
    throw new SetupError(`What was fetched into ${folder} is unusable: ${provisioned.problem}`);
  search.report.say(`libtorch: provisioned ${describeLibtorch(provisioned)}`);
  return provisioned;
}

/**
 * @param {string} scratch
 * @param {Pin} pin
 * @param {Search} search
 * @returns {Promise<import('./cache.mjs').Manifest>}
 */
async function fetchInto(scratch, pin, search) {
  const downloads = await mkdtemp(join(scratch, 'downloads-'));
  const wheels = await fetchWheels(pin, downloads, search);
  const archives =
    'wheels' in wheels ? wheels.wheels : [await zipOrError(pin, downloads, search, wheels.problem)];
  /** @type {import('./cache.mjs').Manifest} */
  const manifest = { archives: [], libraries: {} };
  for (const archive of archives) {
    const checked = await checkArchive(archive, pin, search.env);
    search.report.say(`  unpack ${basename(archive)} (${checked.verified})`);
    const unpack = archive.endsWith('.whl') ? unpackWheel : unpackLibtorchZip;
    const onProgress = (/** @type {number} */ bytes) =>
      search.report.progress(`  ${(bytes / 1e6).toFixed(0)} MB`);
    Object.assign(manifest.libraries, await unpack(archive, scratch, { maxBytes: pin.maxBytes, onProgress }));
    manifest.archives.push(checked);
    await rm(archive);
  }
  await rm(downloads, { recursive: true });
  const inspected = await inspectLibtorch(scratch);
  if ('problem' in inspected)
    throw new SetupError(`What was fetched is not a libtorch: ${inspected.problem}`);
  return manifest;
}

/**
 * @param {Pin} pin
 * @param {string} folder
 * @param {Search} search
 * @param {string} wheelProblem why there is no wheel
 */
async function zipOrError(pin, folder, search, wheelProblem) {
  search.report.say(`  no wheel: ${wheelProblem}`);
  const fetched = await fetchLibtorchZip(pin, folder, search);
  if ('zip' in fetched) return fetched.zip;
  throw new SetupError(
    `libtorch ${pin.version} is not on this machine and could not be fetched. ${wheelProblem}; ${fetched.problem}`,
    [
      'connect to the network (http_proxy, https_proxy and your pip configuration are honoured) and try again',
      `or put the wheel (${pin.wheels[0]}) in a folder and name it with PIP_FIND_LINKS`,
      'or unpack libtorch or a torch package yourself and set LIBTORCH to its folder',
      `or copy ${join(cacheRoot(search.env), pin.folder)} from a machine that has it`,
      ...(pin.cuda === null ? [] : ['or build for the CPU: npm run build:native -- --cpu']),
    ],
  );
}

/**
 * Compares an archive with the hash that is pinned for it, or that HEALTHTENSOR_LIBTORCH_SHA256 gives for the main one.
 * @param {string} archive
 * @param {Pin} pin
 * @param {NodeJS.ProcessEnv} env
 */
async function checkArchive(archive, pin, env) {
  const name = basename(archive);
  const own = /^(lib)?torch-/.test(name) ? env.HEALTHTENSOR_LIBTORCH_SHA256 : undefined;
  const expected = (own || pin.sha256[name])?.toLowerCase();
  const sha256 = await sha256File(archive);
  if (expected !== undefined && sha256 !== expected) {
    throw new SetupError(`${name} has SHA-256 ${sha256}, expected ${expected}`, [
      'the archive is damaged or not the official one: try again, or look at the index that pip uses',
      'if you mean to use your own build, set HEALTHTENSOR_LIBTORCH_SHA256 to its SHA-256',
    ]);
  }
  const inside = archive.endsWith('.whl') ? 'each file against the RECORD' : 'each file by CRC-32';
  return { name, sha256, verified: expected === undefined ? inside : `SHA-256 of the archive, ${inside}` };
}
