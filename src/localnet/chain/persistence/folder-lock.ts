import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthTensorError } from '../../../common/errors.js';

/** Claims a folder for this process until released; what a dead process left behind does not count. */
export async function lockFolder(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  for (let attempt = 0; ; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o644);
      try {
        await file.writeFile(`${process.pid}\n`);
      } finally {
        await file.close();
      }
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
    if (attempt > 0 || isAlive(holder)) {
      throw new HealthTensorError(
        'LOCALNET_IN_USE',
        `The folder ${directory} is in use by process ${holder}`,
        {
          remedy: `Stop that local net, or remove ${path} when no such process is a local net`,
        },
      );
    }
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
