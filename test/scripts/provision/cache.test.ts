import { describe, expect, test } from '@jest/globals';
import { chmod, mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot, cachedState, fillCache } from '../../../scripts/provision/cache.mjs';
import { inTemporaryFolder } from '../../support/temporary-folder.js';

async function fill(scratch: string, text = 'library') {
  await writeFile(join(scratch, 'a.so'), text);
  return { archives: [], libraries: { 'a.so': text.length } };
}

describe('the cache of provisioned libtorchs', () => {
  test('lies in XDG_CACHE_HOME when that is an absolute path, else in ~/.cache', () => {
    expect(cacheRoot({ XDG_CACHE_HOME: '/c', HOME: '/h' })).toBe('/c/healthtensor/libtorch');
    expect(cacheRoot({ XDG_CACHE_HOME: 'c', HOME: '/h' })).toBe('/h/.cache/healthtensor/libtorch');
    expect(cacheRoot({ HOME: '/h' })).toBe('/h/.cache/healthtensor/libtorch');
  });

  test('a filling that fails leaves nothing behind', async () => {
    await inTemporaryFolder(async (parent) => {
      const failing = fillCache(join(parent, 'v1'), async (scratch) => {
        await fill(scratch);
        throw new Error('disk full');
      });
      await expect(failing).rejects.toThrow('disk full');
      expect(await readdir(parent)).toEqual([]);
    });
  });

  test('the folder does not exist before it is whole', async () => {
    await inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'v1');
      await fillCache(folder, async (scratch) => {
        expect(await cachedState(folder)).toBe('absent');
        return await fill(scratch);
      });
      expect(await cachedState(folder)).toBe('whole');
      expect(await readdir(parent)).toEqual(['v1']);
    });
  });

  test('two at once both succeed and the first one stays', async () => {
    await inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'v1');
      await fillCache(folder, async (scratch) => {
        await fillCache(folder, (other) => fill(other, 'first'));
        return await fill(scratch, 'second');
      });
      expect(await readFile(join(folder, 'a.so'), 'utf8')).toBe('first');
      expect(await readdir(parent)).toEqual(['v1']);
    });
  });

  test('a copy with a library cut short is damaged, and is replaced', async () => {
    await inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'v1');
      await fillCache(folder, fill);
      await writeFile(join(folder, 'a.so'), 'lib');
      expect(await cachedState(folder)).toBe('damaged');
      await fillCache(folder, fill);
      expect(await cachedState(folder)).toBe('whole');
    });
  });

  test('what a killed process left is removed after a day, not before', async () => {
    await inTemporaryFolder(async (parent) => {
      for (const name of ['.partial-old', '.partial-new']) await mkdir(join(parent, name));
      await utimes(join(parent, '.partial-old'), 1, 1);
      await fillCache(join(parent, 'v1'), fill);
      expect((await readdir(parent)).sort()).toEqual(['.partial-new', 'v1']);
    });
  });

  test('a cache folder that cannot be made is an error with a way out', async () => {
    await inTemporaryFolder(async (parent) => {
      await writeFile(join(parent, 'file'), '');
      await chmod(parent, 0o755);
      await expect(fillCache(join(parent, 'file', 'v1'), fill)).rejects.toMatchObject({
        message: expect.stringContaining('Cannot write to the cache folder') as unknown,
        remedies: expect.arrayContaining([expect.stringContaining('XDG_CACHE_HOME')]) as unknown,
      });
    });
  });
});
