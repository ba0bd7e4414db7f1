import { readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeSourceDigest } from '../../scripts/source-digest.mjs';
import { HealthTensorError, messageOf } from '../common/index.js';
import type { NativeAddon } from './native-addon.js';

/** The package's folder: two above this file, in src/ as in dist/. */
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The next thing to type; as a dependency of another package, the command must be told where it runs. */
const REMEDY = /\/node_modules\/healthtensor\/$/.test(PACKAGE_ROOT)
  ? 'npm explore healthtensor -- npm run build:native'
  : 'npm run build:native';

/** What the build wrote beside the addon (scripts/build-stamp.mjs). */
interface BuildStamp {
  sourceDigest: string;
  libtorch: { path: string; version: string; cuda: string | null; bytes: number };
  nodeApi: number;
  platform: string;
  addon: { bytes: number };
}

/** The loaded addon and the libtorch that it was built with. */
export interface LoadedAddon {
  addon: NativeAddon;
  /** `cuda` is the CUDA version of that libtorch, null for a CPU build; `folder` has its lib/. */
  libtorch: { folder: string; version: string; cuda: string | null };
}

let loaded: Promise<LoadedAddon> | undefined;

/**
 * The native addon, loaded on the first call.
 * Errors, each with the remedy: ADDON_MISSING (never built), ADDON_MISMATCH (built from other sources or for another
 * libtorch or machine), ADDON_UNLOADABLE (the system's loader refuses it).
 */
export async function loadAddon(): Promise<NativeAddon> {
  return (await loadAddonAndLibtorch()).addon;
}

/** As `loadAddon`, together with the libtorch of its build stamp. */
export async function loadAddonAndLibtorch(): Promise<LoadedAddon> {
  // A failure is not kept: the addon may be built while the process waits.
  loaded ??= loadAddonOf(PACKAGE_ROOT).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return await loaded;
}

/** As `loadAddonAndLibtorch`, for a package in another folder. */
export async function loadAddonOf(root: string): Promise<LoadedAddon> {
  const file = join(root, 'build', 'Release', 'healthtensor.node');
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    throw new HealthTensorError('ADDON_MISSING', `The native addon has not been built: there is no ${file}`, {
      remedy: REMEDY,
    });
  }
  const stamp = await readStamp(join(root, 'build', 'Release', 'build-stamp.json'));
  if (stamp === undefined) throw mismatch('its build stamp is missing or cannot be read');
  const difference = await differenceFrom(stamp, root, found.size);
  if (difference !== undefined) throw mismatch(difference);
  const folder = resolve(root, stamp.libtorch.path);
  const addon = requireAddon(file, folder);
  await refuseOtherLibtorch(addon, folder);
  return { addon, libtorch: { folder, version: stamp.libtorch.version, cuda: stamp.libtorch.cuda } };
}

function mismatch(reason: string): HealthTensorError {
  return new HealthTensorError('ADDON_MISMATCH', `The native addon does not fit: ${reason}`, {
    remedy: REMEDY,
  });
}

async function readStamp(file: string): Promise<BuildStamp | undefined> {
  try {
    const stamp = JSON.parse(await readFile(file, 'utf8')) as
      (Partial<BuildStamp> & { format?: number }) | null;
    const whole =
      stamp?.format === 1 &&
      typeof stamp.libtorch?.path === 'string' &&
      typeof stamp.addon?.bytes === 'number';
    return whole ? (stamp as BuildStamp) : undefined;
  } catch {
    return undefined;
  }
}

/** Sizes, not hashes, of the large files: loading must not take seconds. The sources are small enough to be hashed. */
async function differenceFrom(stamp: BuildStamp, root: string, bytes: number): Promise<string | undefined> {
  const platform = `${process.platform}-${process.arch}`;
  if (stamp.platform !== platform) return `it was built for ${stamp.platform} and this is ${platform}`;
  if (stamp.nodeApi > Number(process.versions.napi))
    return `it needs Node-API ${stamp.nodeApi}, a later Node.js`;
  if (stamp.addon.bytes !== bytes) return 'it is not the file that its build stamp describes';
  const digest = await nativeSourceDigest(root);
  if (digest !== undefined && digest !== stamp.sourceDigest) return 'native/ has changed since it was built';
  const library = join(resolve(root, stamp.libtorch.path), 'lib', 'libtorch_cpu.so');
  const found = await stat(library).catch(() => undefined);
  if (found === undefined) return `the libtorch that it was built with is gone from ${library}`;
  return found.size === stamp.libtorch.bytes ? undefined : `${library} is another one than it was built with`;
}

function requireAddon(file: string, folder: string): NativeAddon {
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (cause) {
    throw new HealthTensorError(
      'ADDON_UNLOADABLE',
      `The native addon ${file} cannot be loaded with libtorch in ${folder}: ${messageOf(cause)}`,
      { remedy: `${REMEDY} -- --force`, cause },
    );
  }
}

/** LD_LIBRARY_PATH or LD_PRELOAD can bring in another libtorch, whose ABI is not the one that was compiled for. */
async function refuseOtherLibtorch(addon: NativeAddon, folder: string): Promise<void> {
  const [used, wanted] = await Promise.all(
    [addon.info().libtorchFolder, join(folder, 'lib')].map((path) => realpath(path).catch(() => path)),
  );
  if (used !== wanted) {
    throw mismatch(`it was built for libtorch in ${wanted} but runs with ${used}; is LD_LIBRARY_PATH set?`);
  }
}
