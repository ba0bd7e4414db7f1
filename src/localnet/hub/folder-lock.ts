import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError } from '../../common/errors.js';
import { hasCode, isMissing } from './system-errors.js';

const LOCK_FILE = 'hub.lock';

/**
 * Makes this process the only hub on a folder until the returned function is called. The lock of a process that was
 * killed does not count. Throws HealthTensorError HUB_FOLDER_IN_USE.
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE);
  const me = await identify(process.pid);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await linkFile(path, `${me ?? ''}\n`)) return () => rm(path, { force: true });
    const holder = await textOf(path);
    if (holder !== undefined && (await isRunning(holder))) {
      throw new HealthTensorError(
        'HUB_FOLDER_IN_USE',
        `Another hub (process ${pidOf(holder)}) uses ${folder}`,
        {
          remedy: 'Stop that one, or give this hub a folder of its own.',
        },
      );
    }
    await rm(path, { force: true });
  }
  throw new HealthTensorError('HUB_FOLDER_IN_USE', `Other hubs are starting on ${folder} at the same time`);
}

/** Makes the file with its content in one step, so that nobody reads it half written; false when there is one. */
async function linkFile(path: string, content: string): Promise<boolean> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(aside, content, { mode: 0o600 });
    await link(aside, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** `<pid> <start>`: the start time, in clock ticks since boot, tells a process from a later one of the same number. */
async function identify(pid: number): Promise<string | undefined> {
  const status = await textOf(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets and may hold anything; the start time is the 22nd.
  const start = status
    ?.slice(status.lastIndexOf(')') + 2)
    .split(' ')
    .at(19);
  return start === undefined ? undefined : `${pid} ${start}`;
}

async function isRunning(holder: string): Promise<boolean> {
  return (await identify(pidOf(holder))) === holder;
}

function pidOf(holder: string): number {
  return Number.parseInt(holder, 10) || 0;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error) || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}
