import { readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openDataset } from '../../src/dataset/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { writeFlatDataset } from './dataset-fixture.js';

const inFolders = (body: (path: string, cacheDirectory: string) => Promise<void>) =>
  inTemporaryFolder((root) => body(join(root, 'data'), join(root, 'cache')));

/** Names of the finished caches and their sidecars. */
async function finished(cacheDirectory: string): Promise<string[]> {
  return (await readdir(cacheDirectory)).filter((name) => /\.(?:htc|json)$/.test(name));
}

/** Opens, and stops it with a reason of its own after `stopAt` images. */
async function interrupted(path: string, cacheDirectory: string, stopAt: number): Promise<void> {
  const control = new AbortController();
  const reason = new Error('stop now');
  const opening = openDataset({
    path,
    imageSize: 32,
    cacheDirectory,
    signal: control.signal,
    onProgress: ({ done }) => {
      if (done === stopAt) control.abort(reason);
    },
  });
  await expect(opening).rejects.toBe(reason);
}

describe('an interrupted build of the pixel cache', () => {
  test('stops with the reason of the signal, without a cache, and goes on from there the next time', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 60);
      await writeFile(join(path, 'images', '00000001_001.png'), 'no image');
      const whole = await openDataset({ path, imageSize: 32, cacheDirectory: `${cacheDirectory}-whole` });
      for (const stopAt of [10, 30]) {
        await interrupted(path, cacheDirectory, stopAt);
        expect(await finished(cacheDirectory)).toEqual([]);
      }
      const first: number[] = [];
      const dataset = await openDataset({
        path,
        imageSize: 32,
        cacheDirectory,
        onProgress: ({ done }) => first.push(done),
      });
      expect(first[0]).toBeGreaterThan(30 - 8);
      expect(first.at(-1)).toBe(60);
      expect(dataset.images).toEqual(whole.images);
      expect(dataset.filesDigest).toBe(whole.filesDigest);
      expect(dataset.problems).toEqual(whole.problems);
      expect((await readFile(dataset.cachePath)).equals(await readFile(whole.cachePath))).toBe(true);
      expect((await readdir(cacheDirectory)).sort()).toEqual([
        'pixels-32.htc',
        'pixels-32.htc.lock.sqlite',
        'pixels-32.json',
      ]);
    });
  });

  test('begins anew when what an interrupted build left is damaged, cut short or from other images', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 30);
      const note = join(cacheDirectory, 'pixels-32.htc.unfinished');
      const temporary = async () =>
        join(cacheDirectory, (JSON.parse(await readFile(note, 'utf8')) as { file: string }).file);
      const edit = async (change: (json: Record<string, unknown>) => void) => {
        const json = JSON.parse(await readFile(note, 'utf8')) as Record<string, unknown>;
        change(json);
        await writeFile(note, JSON.stringify(json));
      };
      const harms: (() => Promise<unknown>)[] = [
        () => truncate(note, 20),
        async () => truncate(await temporary(), 4096 + 100),
        async () => rm(await temporary()),
        () => edit((json) => (json['done'] = 31)),
        () => edit((json) => (json['file'] = '../data/Data_Entry.csv')),
        () => edit((json) => (json['unreadable'] = [{ name: 'unheard of', reason: '' }])),
        () => utimes(join(path, 'images', '00000000_000.png'), 1_000_000, 1_000_000),
      ];
      for (const harm of harms) {
        await interrupted(path, cacheDirectory, 10);
        await harm();
        const first: number[] = [];
        const { images, cachePath } = await openDataset({
          path,
          imageSize: 32,
          cacheDirectory,
          onProgress: ({ done }) => first.push(done),
        });
        expect(first[0]).toBe(1);
        expect(images).toHaveLength(30);
        await rm(cachePath);
      }
      expect(await readFile(join(path, 'Data_Entry.csv'), 'utf8')).toContain('image_name');
      // Left are the files of the notes that could not be read or named another; their age will tell.
      const left = (await readdir(cacheDirectory)).filter((name) => name.endsWith('.tmp'));
      expect(left).toHaveLength(2);
    });
  });
});
