// @ts-check
import { readdir, readFile } from 'node:fs/promises';
import { clearInterval, setInterval } from 'node:timers';

/** @param {number} pid */
const statusOf = (pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');

/**
 * The running processes that a process has started.
 * @param {number} parent
 */
export async function childrenOf(parent) {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) => new RegExp(`^PPid:\\s+${parent}$`, 'm').test(await statusOf(pid))),
  );
  const children = pids.filter((_, index) => found[index]);
  const running = await Promise.all(children.map(runs));
  return children.filter((_, index) => running[index]);
}

/**
 * Whether a process is there and has not ended.
 * @param {number} pid
 */
export async function runs(pid) {
  const status = await statusOf(pid);
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

/**
 * Watches what the children of this process take until `stop`, which tells the most that one of them had in memory, and how
 * much of that was its own: not code and pages of files.
 * @returns {{ stop: () => { residentBytes: number, ownBytes: number } }}
 */
export function watchChildMemory() {
  const most = { residentBytes: 0, ownBytes: 0 };
  const look = async () => {
    for (const pid of await childrenOf(process.pid)) {
      const status = await statusOf(pid);
      const bytes = (/** @type {string} */ name) =>
        1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
      most.residentBytes = Math.max(most.residentBytes, bytes('VmHWM'));
      most.ownBytes = Math.max(most.ownBytes, bytes('RssAnon') + bytes('RssShmem'));
    }
  };
  const timer = setInterval(() => void look(), 50);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}
