// @ts-check
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SetupError } from '../setup-error.mjs';

/** Written last into a provisioned folder: what it holds and what was verified. */
const MANIFEST = 'provisioned.json';
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

/**
 * @typedef {object} Manifest
 * @property {{name: string, sha256: string, verified: string}[]} archives
 * @property {Record<string, number>} libraries size in bytes of each shared library, by path
 */

/**
 * The folder that holds every provisioned libtorch; outside the package, so that `npm ci` does not delete it.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheRoot(env) {
  // An empty or relative XDG_CACHE_HOME counts as unset (XDG Base Directory Specification).
  const base = env.XDG_CACHE_HOME?.startsWith('/')
    ? env.XDG_CACHE_HOME
    : join(env.HOME || homedir(), '.cache');
  return join(base, 'healthtensor', 'libtorch');
}

/**
 * Whether a provisioned folder is there and every library still has the size it was unpacked with.
 * @param {string} folder
 * @returns {Promise<'whole' | 'damaged' | 'absent'>}
 */
export async function cachedState(folder) {
  if ((await stat(folder).catch(() => undefined)) === undefined) return 'absent';
  try {
    /** @type {Manifest} */
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    for (const [library, bytes] of Object.entries(manifest.libraries)) {
      if ((await stat(join(folder, library))).size !== bytes) return 'damaged';
    }
    return 'whole';
  } catch {
    return 'damaged';
  }
}

/**
 * Fills a cache folder all or nothing: `fill` works in a sibling folder that is renamed when it is complete and
 * removed when it fails. When another process was quicker, its folder is kept and ours is dropped.
 * @param {string} folder final place
 * @param {(scratch: string) => Promise<Manifest>} fill
 */
export async function fillCache(folder, fill) {
  const parent = join(folder, '..');
  let scratch;
  try {
    await mkdir(parent, { recursive: true });
    await removeLeftovers(parent);
    scratch = await mkdtemp(join(parent, '.partial-'));
  } catch (cause) {
    throw new SetupError(
      `Cannot write to the cache folder ${parent}`,
      [
        'make it writable, or set XDG_CACHE_HOME to a folder that is',
        'or set LIBTORCH to an unpacked libtorch',
      ],
      cause,
    );
  }
  try {
    const manifest = await fill(scratch);
    await chmod(scratch, 0o755);
    await writeFile(join(scratch, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
    if ((await cachedState(folder)) === 'damaged')
      await rename(folder, await mkdtemp(join(parent, '.damaged-')));
    await publish(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} scratch
 * @param {string} folder
 */
async function publish(scratch, folder) {
  try {
    await rename(scratch, folder);
  } catch (error) {
    // A folder that is not empty cannot be replaced by a rename: another process has finished the same work.
    if ((await cachedState(folder)) !== 'whole') throw error;
  }
}

/**
 * Removes what a killed process left behind: folders that nobody has touched for a day.
 * @param {string} parent
 */
async function removeLeftovers(parent) {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.partial-') && !name.startsWith('.damaged-')) continue;
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
