// @ts-check
import { availableParallelism, freemem } from 'node:os';

/** Peak memory of one compiler job: a folder that includes ATen and autograd takes up to 1 GB with g++. */
const BYTES_A_JOB = 1.1e9;

/**
 * How many files to compile at once: one a core, as long as each has its memory.
 * @param {{cores?: number, freeBytes?: number}} [machine]
 */
export function parallelJobs({ cores = availableParallelism(), freeBytes = freeBytesHere() } = {}) {
  return Math.max(1, Math.min(cores, Math.floor(freeBytes / BYTES_A_JOB)));
}

/** Free memory of the machine, or what the container may have when that is less. */
function freeBytesHere() {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(freemem(), limit) : freemem();
}
