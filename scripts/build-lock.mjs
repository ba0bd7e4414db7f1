// @ts-check
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 250;

/**
 * Runs the body while no other process builds in the same folder; a second one waits for the first. The lock of a
 * process that no longer runs is taken over.
 * @template T
 * @param {string} lock path of the lock file
 * @param {(pid: string) => void} onWait called once when another process holds the lock
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withBuildLock(lock, onWait, body) {
  await mkdir(dirname(lock), { recursive: true });
  let told = false;
  while (!(await take(lock))) {
    const holder = await readFile(lock, 'utf8').catch(() => '');
    if (holder !== '' && !isRunning(Number(holder))) {
      await rm(lock, { force: true });
      continue;
    }
    if (!told) onWait(holder);
    told = true;
    await pause(LOOK_MS);
  }
  try {
    return await body();
  } finally {
    await rm(lock, { force: true });
  }
}

/** @param {string} lock */
async function take(lock) {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, as another user.
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
