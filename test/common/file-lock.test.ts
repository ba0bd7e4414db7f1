import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock, withFileLock } from '../../src/common/file-lock.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

describe('withFileLock', () => {
  test('lets one after another in, whatever becomes of them', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      const seen: string[] = [];
      const enter = (name: string, fails: boolean) =>
        withFileLock(path, async () => {
          seen.push(`${name} in`);
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(`${name} out`);
          if (fails) throw new Error(name);
          return name;
        });
      const results = await Promise.allSettled([enter('a', true), enter('b', false)]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
      expect(seen).toEqual(['a in', 'a out', 'b in', 'b out']);
    }));

  test('tells once that it waits, and stops waiting when asked to', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      const release = tryLock(path);
      const control = new AbortController();
      const reason = new Error('no patience');
      let told = 0;
      const waiting = withFileLock(path, () => Promise.resolve('in'), {
        signal: control.signal,
        onWait: () => {
          told += 1;
          control.abort(reason);
        },
      });
      await expect(waiting).rejects.toBe(reason);
      expect(told).toBe(1);
      const hasty = withFileLock(path, () => Promise.resolve('in'), { patient: false });
      await expect(hasty).rejects.toMatchObject({ code: 'LOCK_HELD' });
      release?.();
      expect(await withFileLock(path, () => Promise.resolve('in'))).toBe('in');
    }));

  test('a file that is something else, or cannot be made, is one clear error', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      await writeFile(path, 'something else '.repeat(100));
      for (const each of [path, join(folder, 'absent', 'lock')]) {
        await expect(withFileLock(each, () => Promise.resolve())).rejects.toMatchObject({
          code: 'LOCK_UNAVAILABLE',
          message: expect.stringContaining(each),
        });
      }
    }));
});
