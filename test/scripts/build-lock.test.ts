import { describe, expect, test } from '@jest/globals';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { withBuildLock } from '../../scripts/build-lock.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const never = () => {
  throw new Error('nobody should have to wait');
};

describe('the build lock', () => {
  test('a second build waits until the first has finished', async () => {
    await inTemporaryFolder(async (folder) => {
      const lock = join(folder, 'build', 'lock');
      const order: string[] = [];
      // The holder is this test; a waiting build looks again until the file is gone.
      const second = withBuildLock(lock, never, async () => {
        order.push('first');
        const waiting = withBuildLock(
          lock,
          (pid) => order.push(`waits for ${pid}`),
          () => Promise.resolve(order.push('second')),
        );
        while (order.length < 2) await new Promise((resolve) => setImmediate(resolve));
        order.push('first ends');
        return { waiting };
      });
      await (
        await second
      ).waiting;
      expect(order).toEqual(['first', `waits for ${process.pid}`, 'first ends', 'second']);
    });
  });

  test('the lock of a process that no longer runs is taken over', async () => {
    await inTemporaryFolder(async (folder) => {
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      await writeFile(join(folder, 'lock'), String(pid));
      expect(await withBuildLock(join(folder, 'lock'), never, () => Promise.resolve(7))).toBe(7);
      expect(await readdir(folder)).toEqual([]);
    });
  });

  test('is released when the build fails', async () => {
    await inTemporaryFolder(async (folder) => {
      const failing = withBuildLock(join(folder, 'lock'), never, () => Promise.reject(new Error('no')));
      await expect(failing).rejects.toThrow('no');
      expect(await readdir(folder)).toEqual([]);
      await rm(folder, { recursive: true });
    });
  });
});
