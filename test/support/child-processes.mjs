// @ts-check
import { readdir, readFile } from 'node:fs/promises';

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
