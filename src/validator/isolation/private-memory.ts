import { readFile } from 'node:fs/promises';

/**
 * Bytes of memory that a process has for itself: what it wrote to, in memory or in shared memory. Not the libraries and
 * files that it has mapped. Undefined when the process is gone or the system does not say.
 */
export async function privateMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, figure]) =>
    Number(figure),
  );
  if (kibibytes.length === 0) return undefined;
  return 1024 * kibibytes.reduce((sum, figure) => sum + figure, 0);
}
