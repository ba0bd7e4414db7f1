import { mkdir, open, readFile, readdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadAddon } from '../../src/engine/load-addon.js';
import type { NativeFeatureOptions, NativeProgress } from '../../src/engine/native-addon.js';
import { startNode } from '../support/command.js';
import { rows } from '../support/pixel-cache.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const addon = await loadAddon();
const WIDTH = 6;
const IMAGES = 10;

/** Ten rows in batches of four; asks for all of them again. */
async function features(folder: string, changes: Partial<NativeFeatureOptions> = {}) {
  const options: NativeFeatureOptions = {
    folder,
    identity: 'weights 1',
    indices: rows(IMAGES),
    precision: 'fp32',
    batchSize: 4,
    width: WIDTH,
    failAfter: -1,
    gather: rows(IMAGES),
    ...changes,
  };
  return await addon.viewFeatures(options, new addon.Cancellation());
}

/** The features that the view makes up. */
function made(asked: Iterable<number>): Float32Array {
  return Float32Array.from(
    [...asked].flatMap((row) => Array.from({ length: WIDTH }, (_, j) => row + j / 1024)),
  );
}

const fileIn = (folder: string) => join(folder, 'features.htf');

describe('the feature cache', () => {
  test('computes each row once and reads it back ever after, in any order', async () => {
    await inTemporaryFolder(async (folder) => {
      expect(await features(folder)).toEqual({ values: made(rows(IMAGES)), computed: IMAGES });
      const again = await features(folder, { gather: Uint32Array.of(9, 0, 4, 9) });
      expect(again).toEqual({ values: made([9, 0, 4, 9]), computed: 0 });
      expect((await stat(fileIn(folder))).size).toBe(48 + IMAGES * WIDTH * 4 + 3 * 8);
    });
  });

  test('takes the rows as a set: order and repetition of the request change nothing', async () => {
    await inTemporaryFolder(async (folder) => {
      await features(folder);
      const indices = Uint32Array.from([...rows(IMAGES)].reverse().flatMap((row) => [row, row]));
      expect(await features(folder, { indices })).toEqual({ values: made(rows(IMAGES)), computed: 0 });
    });
  });

  test.each<[string, Partial<NativeFeatureOptions>]>([
    ['another backbone or data set', { identity: 'weights 2' }],
    ['another precision', { precision: 'bf16' }],
    ['other rows', { indices: rows(IMAGES, 1), gather: rows(IMAGES, 1) }],
    ['another batch size', { batchSize: 5 }],
  ])('is made anew for %s', async (_what, changes) => {
    await inTemporaryFolder(async (folder) => {
      await features(folder);
      expect(await features(folder, changes)).toMatchObject({ computed: IMAGES });
      expect(await features(folder, changes)).toMatchObject({ computed: 0 });
      expect((await readdir(folder)).sort()).toEqual(['features.htf', 'features.lock']);
    });
  });

  test('keeps bf16 features in two bytes each', async () => {
    await inTemporaryFolder(async (folder) => {
      await features(folder, { precision: 'bf16' });
      expect((await stat(fileIn(folder))).size).toBe(48 + IMAGES * WIDTH * 2 + 3 * 8);
      const { values } = await features(folder, { precision: 'bf16', gather: Uint32Array.of(8) });
      expect(values[0]).toBe(8);
    });
  });

  test('goes on after the last whole batch when it was interrupted', async () => {
    await inTemporaryFolder(async (folder) => {
      await expect(features(folder, { failAfter: 2 })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
      expect(await features(folder)).toEqual({ values: made(rows(IMAGES)), computed: 2 });
    });
  });

  test('computes a batch again that was cut off or not yet on the disk when the machine stopped', async () => {
    await inTemporaryFolder(async (folder) => {
      const batch = 4 * WIDTH * 4 + 8;
      await features(folder);
      await truncate(fileIn(folder), 48 + 2 * batch - 3);
      expect(await features(folder)).toEqual({ values: made(rows(IMAGES)), computed: 6 });
      await expect(features(folder, { identity: 'new', failAfter: 2 })).rejects.toThrow();
      const file = await open(fileIn(folder), 'r+');
      await file.write(Buffer.alloc(batch), 0, batch, 48 + batch);
      await file.close();
      expect(await features(folder, { identity: 'new' })).toEqual({
        values: made(rows(IMAGES)),
        computed: 6,
      });
    });
  });

  test('is made anew when any byte of it is damaged', async () => {
    await inTemporaryFolder(async (folder) => {
      await features(folder);
      const sound = await readFile(fileIn(folder));
      for (let at = 0; at < sound.length; at += 1) {
        const damaged = Buffer.from(sound);
        damaged.writeUInt8(damaged.readUInt8(at) ^ 0x40, at);
        await writeFile(fileIn(folder), damaged);
        expect(await features(folder)).toEqual({ values: made(rows(IMAGES)), computed: IMAGES });
        expect(await readFile(fileIn(folder))).toEqual(sound);
      }
    });
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['an empty file', (path) => writeFile(path, '')],
    ['a text', (path) => writeFile(path, 'not features '.repeat(100))],
    ['a header of endless rows', (path) => writeFile(path, headerOf(2 ** 40))],
    [
      'a longer file',
      async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(9)])),
    ],
  ])('replaces %s', async (_what, put) => {
    await inTemporaryFolder(async (folder) => {
      await features(folder);
      await put(fileIn(folder));
      expect(await features(folder)).toEqual({ values: made(rows(IMAGES)), computed: IMAGES });
    });
  });

  test('replaces a link of its name and leaves alone what it points to', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'precious'), 'mine');
      await symlink(join(folder, 'precious'), fileIn(folder));
      expect(await features(folder)).toMatchObject({ computed: IMAGES });
      expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('mine');
    });
  });

  test('names the file when it cannot be written', async () => {
    await inTemporaryFolder(async (folder) => {
      await mkdir(fileIn(folder));
      const failure = expect(features(folder)).rejects;
      await failure.toMatchObject({ code: 'WRITE_FAILED', message: expect.stringContaining(fileIn(folder)) });
    });
  });

  test('refuses a row that it was not asked for', async () => {
    await inTemporaryFolder(async (folder) => {
      const gather = Uint32Array.of(IMAGES);
      await expect(features(folder, { gather })).rejects.toMatchObject({ code: 'BAD_INDEX' });
    });
  });

  test('ends between batches when it is aborted, and keeps what it has', async () => {
    await inTemporaryFolder(async (folder) => {
      const cancellation = new addon.Cancellation();
      const seen: NativeProgress[] = [];
      const options = {
        folder,
        identity: 'weights 1',
        indices: rows(200_000),
        precision: 'fp32',
        batchSize: 1,
        width: WIDTH,
        failAfter: -1,
        gather: rows(1),
      } as const;
      const running = addon.viewFeatures(options, cancellation, (progress) => {
        seen.push(progress);
        cancellation.cancel();
      });
      await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
      expect(seen[0]).toMatchObject({ batches: 200_000 });
      const { computed } = await addon.viewFeatures(options, new addon.Cancellation());
      expect(computed).toBeGreaterThan(0);
      expect(computed).toBeLessThan(200_000);
    });
  });

  test('is computed once by processes that want it at the same time', async () => {
    await inTemporaryFolder(async (folder) => {
      const probe = join(import.meta.dirname, 'feature-probe.mjs');
      const addonPath = join(import.meta.dirname, '..', '..', 'build', 'Release', 'healthtensor.node');
      const both = await Promise.all([1, 2].map(() => startNode(probe, [addonPath, folder]).ended));
      expect(both.map(({ stderr }) => stderr)).toEqual(['', '']);
      const computed = both.map(({ stdout }) => Number(stdout));
      expect(computed.sort((a, b) => a - b)).toEqual([0, 3000]);
    });
  });
});

/** A header that claims `count` rows. */
function headerOf(count: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.write('HTFEAT01', 0, 'latin1');
  for (const [index, value] of [WIDTH, count, 4].entries())
    bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * index);
  return bytes;
}
