import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { checkDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

describe('synthesizeDataset', () => {
  test('what somebody puts at the path meanwhile is not taken away', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const onProgress = ({ done }: { done: number }) => {
        if (done !== 1) return;
        mkdirSync(path);
        writeFileSync(join(path, 'mine.txt'), 'mine');
      };
      await expect(
        synthesizeDataset({ path, images: 6, seed: 1, size: 32, onProgress }),
      ).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
      expect(await readdir(root)).toEqual(['data']);
      expect(await readFile(join(path, 'mine.txt'), 'utf8')).toBe('mine');
    });
  });

  test("writes gray 8-bit PNGs and a list in the real data set's format", async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const seen: number[] = [];
      const made = await synthesizeDataset({
        path,
        images: 15,
        seed: 5,
        size: 32,
        onProgress: ({ done }) => seen.push(done),
      });
      expect(made).toMatchObject({ path, images: 15, created: true });
      expect(seen).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
      expect(await readdir(root)).toEqual(['data']);
      const csv = (await readFile(join(path, 'Data_Entry.csv'), 'utf8')).trimEnd().split('\n');
      expect(csv[0]).toBe('image_name,label');
      expect(csv[1]).toMatch(/^00000001_000\.png,(No Finding|[\w|]+)$/);
      const image = await sharp(join(path, 'images', '00000001_000.png')).metadata();
      expect(image).toMatchObject({ format: 'png', width: 32, height: 32, channels: 1, depth: 'uchar' });
      const report = await checkDataset({ path });
      expect(report).toMatchObject({
        listed: 15,
        readable: 15,
        patients: made.patients,
        missing: [],
        badRows: [],
      });
      expect(Math.min(...Object.values(report.positives))).toBeGreaterThanOrEqual(1);
    });
  });

  test('the same seed gives the same bytes, another seed others, and a second call does nothing', async () => {
    await inTemporaryFolder(async (root) => {
      const draw = (name: string, seed: number) =>
        synthesizeDataset({ path: join(root, name), images: 6, seed, size: 32 });
      await draw('a', 1);
      await draw('b', 1);
      await draw('c', 2);
      const bytes = (name: string) => readFile(join(root, name, 'images', '00000001_000.png'));
      const lists = await Promise.all(
        ['a', 'b'].map((name) => readFile(join(root, name, 'Data_Entry.csv'), 'utf8')),
      );
      expect(lists[0]).toBe(lists[1]);
      expect((await bytes('a')).equals(await bytes('b'))).toBe(true);
      expect((await bytes('a')).equals(await bytes('c'))).toBe(false);
      expect((await draw('a', 1)).created).toBe(false);
      await expect(draw('a', 2)).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
    });
  });

  test('does not touch what others have put at the path, but takes an empty folder', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      await mkdir(path);
      await synthesizeDataset({ path, images: 1, seed: 1, size: 32 });
      const mine = join(root, 'mine');
      await mkdir(mine);
      await writeFile(join(mine, 'note.txt'), 'x');
      const options = { images: 1, seed: 1, size: 32 };
      await expect(synthesizeDataset({ path: mine, ...options })).rejects.toMatchObject({
        code: 'DATASET_EXISTS',
      });
      await expect(synthesizeDataset({ path: join(mine, 'note.txt'), ...options })).rejects.toMatchObject({
        code: 'DATASET_EXISTS',
      });
      expect((await readdir(root)).sort()).toEqual(['data', 'mine']);
    });
  });

  test('stops with the reason of the signal and leaves nothing', async () => {
    await inTemporaryFolder(async (root) => {
      const control = new AbortController();
      const reason = new Error('enough');
      const drawing = synthesizeDataset({
        path: join(root, 'data'),
        images: 50,
        seed: 1,
        size: 32,
        signal: control.signal,
        onProgress: ({ done }) => {
          if (done === 3) control.abort(reason);
        },
      });
      await expect(drawing).rejects.toBe(reason);
      expect(await readdir(root)).toEqual([]);
    });
  });

  test.each([
    [{ images: 0 }, 'images'],
    [{ size: 16 }, 'size'],
    [{ seed: -1 }, 'seed'],
    [{ minimumPrevalence: 0.9 }, 'minimumPrevalence'],
  ])('refuses %p', async (wrong, option) => {
    const options = { path: '/nowhere', images: 1, seed: 1, size: 32, ...wrong };
    await expect(synthesizeDataset(options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(option),
    });
  });
});
