import { cp, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/common/index.js';
import { openDataset } from '../../src/dataset/index.js';
import { EvaluationData } from '../../src/validator/evaluation-data.js';
import { flatPng, writeFlatDataset } from '../dataset/dataset-fixture.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

describe("the validator's images", () => {
  const withData = (
    body: (o: {
      root: string;
      path: string;
      cacheDirectory: string;
      open: () => EvaluationData;
    }) => Promise<void>,
  ) =>
    inTemporaryFolder(async (root) => {
      const [path, cacheDirectory] = [join(root, 'data'), join(root, 'cache')];
      await writeFlatDataset(path, 4);
      await body({
        root,
        path,
        cacheDirectory,
        open: () => new EvaluationData({ path, cacheDirectory }, silentLog),
      });
    });

  const digestOf = async (data: EvaluationData) => (await data.open(32)).facts.digest;
  const exchange = (path: string) => writeFile(join(path, 'images', '00000000_000.png'), flatPng(99));

  test('have another digest when a picture is exchanged, and the same one wherever they lie', () =>
    withData(async ({ root, path, open }) => {
      const before = await digestOf(open());
      expect((await open().open(64)).facts.digest).toBe(before);
      const copy = join(root, 'copy');
      await cp(path, copy, { recursive: true });
      await utimes(join(copy, 'images', '00000000_000.png'), 1, 1);
      const elsewhere = new EvaluationData({ path: copy, cacheDirectory: join(root, 'other') }, silentLog);
      expect(await digestOf(elsewhere)).toBe(before);
      await exchange(path); // with its name and label as they were
      expect(await digestOf(open())).not.toBe(before);
    }));

  test('a cache that another process replaced while it was read counts for nothing, and the next round reads the new one', () =>
    withData(async ({ path, cacheDirectory, open }) => {
      const data = open();
      const before = await digestOf(data);
      const replaced = data.use(32, async () => {
        await exchange(path);
        await openDataset({ path, imageSize: 32, cacheDirectory });
        return 'a loss';
      });
      await expect(replaced).rejects.toMatchObject({ code: 'DATASET_CHANGED' });
      expect(data.isOpen(32)).toBe(false);
      expect(await data.use(32, () => Promise.resolve('a loss'))).toBe('a loss');
      expect(data.facts?.digest).not.toBe(before);
    }));

  test('pixels that somebody has cleared away are decoded again for the next round', () =>
    withData(async ({ cacheDirectory, open }) => {
      const data = open();
      const before = await digestOf(data);
      await rm(cacheDirectory, { recursive: true });
      const reading = data.use(32, (cachePath) => Promise.reject(new Error(`${cachePath} is gone`)));
      await expect(reading).rejects.toMatchObject({ code: 'DATASET_CHANGED' });
      expect(await data.use(32, () => Promise.resolve('a loss'))).toBe('a loss');
      expect(await digestOf(data)).toBe(before);
    }));

  test('a size that is opened after the data set was edited forgets the sizes before', () =>
    withData(async ({ path, open }) => {
      const data = open();
      await data.open(32);
      await exchange(path);
      await expect(data.open(64)).rejects.toMatchObject({ code: 'DATASET_CHANGED' });
      expect(data.isOpen(32)).toBe(false);
      await data.open(64);
    }));

  test('an error of what reads them stays what it is', () =>
    withData(async ({ open }) => {
      const reason = new Error('the engine failed');
      await expect(open().use(32, () => Promise.reject(reason))).rejects.toBe(reason);
    }));
});
