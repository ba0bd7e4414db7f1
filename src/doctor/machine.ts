import { readFile, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DeviceRequest, engineInfo, openDevice } from '../engine/index.js';
import { failed, failure, type Finding, notChecked, ok, warning } from './finding.js';

/** The running Node.js against what the package says it needs. */
export async function nodeFinding(version = process.versions.node): Promise<Finding> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  const oldest = engines.node.replace('>=', '').trim();
  if (version.localeCompare(oldest, 'en', { numeric: true }) >= 0) return ok('node', `Node.js ${version}`);
  const remedy = 'Install a current LTS release from https://nodejs.org.';
  return failure('node', `Node.js ${version}, expected ${oldest} or later`, remedy);
}

/** The addon, the libtorch it is linked to, and the device that was asked for. */
export async function engineFindings(request: DeviceRequest): Promise<Finding[]> {
  try {
    const { torchVersion, libtorchFolder, compiler } = await engineInfo();
    const found = [
      ok('addon', `built by ${compiler}, loaded`),
      ok('libtorch', `${torchVersion} in ${libtorchFolder}`),
    ];
    return [...found, await deviceFinding(request)];
  } catch (error) {
    const why = 'the addon cannot be loaded';
    return [failed('addon', error), notChecked('libtorch', why), notChecked('device', why)];
  }
}

async function deviceFinding(request: DeviceRequest): Promise<Finding> {
  try {
    const device = await openDevice(request);
    if (device.warning === undefined) return ok('device', device.description);
    const remedy =
      'Say --device cpu if that is meant; for a GPU install its driver and run npm run build:native.';
    return warning('device', device.warning, remedy);
  } catch (error) {
    return failed('device', error);
  }
}

const GIB = 2 ** 30;
/** Below this the next model, checkpoint or download does not fit. */
const LEAST_BYTES = 2 * GIB;
/** The pixel cache of the whole NIH set is 5.6 GB, a model with its checkpoint up to 2 GB. */
const GOOD_BYTES = 20 * GIB;

/** A folder that is written to, and the bytes that are free there. */
export interface Room {
  readonly folder: string;
  readonly freeBytes: number;
}

/** The free bytes where each folder is or will be; folders on one file system once. */
export async function roomOf(folders: readonly string[]): Promise<Room[]> {
  const rooms = new Map<number, Room>();
  for (const folder of folders) {
    const existing = await nearestExisting(folder);
    const { dev } = await stat(existing);
    if (rooms.has(dev)) continue;
    const { bavail, bsize } = await statfs(existing);
    rooms.set(dev, { folder, freeBytes: bavail * bsize });
  }
  return [...rooms.values()];
}

async function nearestExisting(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const there = await stat(at).then(
      () => true,
      () => false,
    );
    if (there || at === dirname(at)) return at;
  }
}

export function diskFinding({ folder, freeBytes }: Room): Finding {
  const free = `${(freeBytes / GIB).toFixed(1)} GiB free for ${folder}`;
  const remedy =
    'Free some space, or choose other folders with --state_dir, --dataset.cache and XDG_CACHE_HOME.';
  if (freeBytes < LEAST_BYTES) return failure('disk', free, remedy);
  return freeBytes < GOOD_BYTES ? warning('disk', free, remedy) : ok('disk', free);
}
