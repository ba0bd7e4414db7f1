// @ts-check
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { nativeSourceDigest } from './source-digest.mjs';

/** The Node-API version that CMakeLists.txt compiles for. */
export const NODE_API = 8;

/**
 * Where a build lies. The compiler works in cmake/; only an addon that has proven itself comes to Release/.
 * @typedef {object} BuildPlaces
 * @property {string} root the package's folder
 * @property {string} release
 * @property {string} addon
 * @property {string} launcher of evaluation workers
 * @property {string} stamp
 * @property {string} cmake
 * @property {string} lock
 * @property {string} log
 */

/**
 * @param {string} root the package's folder
 * @param {string} [folder] of the build, relative to the package; the loader looks in `build`
 * @returns {BuildPlaces}
 */
export function buildPlaces(root, folder = 'build') {
  const release = join(root, folder, 'Release');
  return {
    root,
    release,
    addon: join(release, 'healthtensor.node'),
    launcher: join(release, 'healthtensor-sandbox'),
    stamp: join(release, 'build-stamp.json'),
    cmake: join(root, folder, 'cmake'),
    lock: join(root, folder, 'native-build.lock'),
    log: join(root, folder, 'native-build.log'),
  };
}

/**
 * What the addon in the same folder was built from. The loader in src/engine reads it.
 * @typedef {object} BuildStamp
 * @property {1} format
 * @property {string} sourceDigest of native/ and CMakeLists.txt
 * @property {{path: string, version: string, cuda: string | null, bytes: number}} libtorch path is relative to the
 *   package when it lies inside; bytes is the size of libtorch_cpu.so
 * @property {'machine' | 'option' | 'LIBTORCH'} chosenBy what decided between CPU and CUDA
 * @property {string} compiler
 * @property {number} nodeApi
 * @property {string} platform process.platform-process.arch
 * @property {{bytes: number, sha256: string}} addon
 */

/**
 * @param {BuildPlaces} places
 * @returns {Promise<BuildStamp | undefined>} undefined when there is none that can be read
 */
export async function readStamp(places) {
  try {
    const stamp = JSON.parse(await readFile(places.stamp, 'utf8'));
    return stamp?.format === 1 && typeof stamp.libtorch?.path === 'string' ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes the stamp so that a reader sees the old one or the new one whole.
 * @param {BuildPlaces} places
 * @param {BuildStamp} stamp
 */
export async function writeStamp(places, stamp) {
  const temporary = `${places.stamp}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(stamp, undefined, 2)}\n`);
  await rename(temporary, places.stamp);
}

/**
 * Size and SHA-256 of the addon (a few hundred KiB).
 * @param {string} file
 */
export async function addonFacts(file) {
  const bytes = await readFile(file);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * The libtorch folder as the stamp writes it: relative when it lies in the package, so that a moved clone finds it.
 * @param {string} root
 * @param {string} folder
 */
export function portablePath(root, folder) {
  const path = relative(root, folder);
  return path.startsWith('..') ? folder : path;
}

/**
 * What a build should be.
 * @typedef {object} Wanted
 * @property {'cpu' | 'cuda'} [kind] what an option forces
 * @property {'cpu' | 'cuda'} machineKind what suits the machine
 * @property {string} [libtorch] the real folder of the libtorch that LIBTORCH names
 */

/**
 * Why the addon must be built again, or undefined when it is up to date. Cheap: no compiler and no libtorch runs.
 * @param {BuildPlaces} places
 * @param {Wanted} wanted
 * @returns {Promise<string | undefined>}
 */
export async function staleReason(places, wanted) {
  const { root } = places;
  const stamp = await readStamp(places);
  if (stamp === undefined) return 'there is no finished build';
  if (stamp.sourceDigest !== (await nativeSourceDigest(root))) return 'native/ or CMakeLists.txt has changed';
  if (stamp.platform !== `${process.platform}-${process.arch}`) return `it was built for ${stamp.platform}`;
  if (stamp.nodeApi !== NODE_API) return `it was built for Node-API ${stamp.nodeApi}`;
  const addon = await addonFacts(places.addon).catch(() => undefined);
  if (addon?.sha256 !== stamp.addon.sha256) return 'the addon is not the one that the stamp describes';
  if (!existsSync(places.launcher)) return 'the launcher of evaluation workers is not there';
  return (await libtorchChanged(root, stamp)) ?? kindChanged(root, stamp, wanted);
}

/**
 * @param {string} root
 * @param {BuildStamp} stamp
 */
async function libtorchChanged(root, stamp) {
  const folder = resolve(root, stamp.libtorch.path);
  const size = await stat(join(folder, 'lib', 'libtorch_cpu.so')).then(
    (found) => found.size,
    () => undefined,
  );
  return size === stamp.libtorch.bytes ? undefined : `libtorch in ${folder} is gone or has changed`;
}

/**
 * @param {string} root
 * @param {BuildStamp} stamp
 * @param {Wanted} wanted
 */
function kindChanged(root, stamp, wanted) {
  const built = stamp.libtorch.cuda === null ? 'cpu' : 'cuda';
  if (wanted.libtorch !== undefined && wanted.libtorch !== resolve(root, stamp.libtorch.path)) {
    return `LIBTORCH names ${wanted.libtorch}`;
  }
  if (wanted.kind === 'cuda' && built === 'cpu') return '--cuda asks for another libtorch';
  if (wanted.libtorch !== undefined) return undefined;
  if (wanted.kind !== undefined) return wanted.kind === built ? undefined : '--cpu asks for another libtorch';
  // A choice that a person made (an option or LIBTORCH) holds until another one changes it.
  if (stamp.chosenBy === 'machine' && wanted.machineKind !== built)
    return `this machine wants ${wanted.machineKind}`;
  return undefined;
}
