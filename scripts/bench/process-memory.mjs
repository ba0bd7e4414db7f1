// @ts-check
import { readFileSync } from 'node:fs';

/**
 * Memory of this process in MiB: resident now (VmRSS) and at most so far (VmHWM).
 * @param {string} [status] content of /proc/self/status
 */
export function processMemory(status = readFileSync('/proc/self/status', 'latin1')) {
  const mib = (/** @type {string} */ name) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
    if (found === null) throw new Error(`/proc/self/status has no line ${name}`);
    return Math.round((Number(found[1]) / 1024) * 10) / 10;
  };
  return { residentMib: mib('VmRSS'), peakMib: mib('VmHWM') };
}
