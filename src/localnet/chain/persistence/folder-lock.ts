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
        await file.writeFile(`${process.pid} ${(await startOf(process.pid)) ?? ''}\n`);
      } finally {
        await file.close();
      }
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readFile(path, 'utf8').catch(() => '');
    const [pid = '', start] = text.trim().split(' ');
    const holder = Number.parseInt(pid, 10);
    // The same number may be another process by now: only the same start says that it is the one.
    if (attempt > 0 || (start !== undefined && (await startOf(holder)) === start)) {
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

/** When a living process started, in clock ticks since boot; undefined when there is none, or only its remains. */
async function startOf(pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in parentheses, may hold blanks: fields are counted after it (proc(5): state is 3, starttime 22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || /^[ZX]?$/.test(state) ? undefined : fields[19];
}
