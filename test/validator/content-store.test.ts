import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContentStore } from '../../src/validator/content-store.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const content = (letter: string, bytes = 1000) => Buffer.alloc(bytes, letter);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Brings a content in as a download does. */
async function bring(store: ContentStore, bytes: Buffer): Promise<string> {
  const name = sha256(bytes).slice(0, 8);
  await store.reserve(name, bytes.length);
  await mkdir(store.incoming(name));
  const file = join(store.incoming(name), 'weights');
  await writeFile(file, bytes);
  const path = await store.adopt(file, sha256(bytes));
  store.release(name);
  return path;
}

const open = (folder: string, maxBytes = 10_000) => ContentStore.open(folder, { maxBytes, spareBytes: 0 });

describe('the store of contents', () => {
  test('gives back what it took in, by its hash, also after a restart', () =>
    inTemporaryFolder(async (folder) => {
      const path = await bring(await open(folder), content('a'));
      expect(path).toBe(join(folder, 'blobs', `${sha256(content('a'))}.safetensors`));
      const again = await open(folder);
      expect(await again.find(sha256(content('a')))).toBe(path);
      expect(await again.find(sha256(content('b')))).toBeUndefined();
    }));

  test('has lost what no longer has its hash', () =>
    inTemporaryFolder(async (folder) => {
      const store = await open(folder);
      const path = await bring(store, content('a'));
      await truncate(path, 999);
      expect(await store.find(sha256(content('a')))).toBeUndefined();
      expect(await readdir(join(folder, 'blobs'))).toEqual([]);
    }));

  test('removes what was not used for the longest time when room is needed', () =>
    inTemporaryFolder(async (folder) => {
      const first = await open(folder, 3000);
      const [a, b, c] = ['a', 'b', 'c'].map((letter) => content(letter)) as [Buffer, Buffer, Buffer];
      const paths = [await bring(first, a), await bring(first, b), await bring(first, c)];
      for (const [age, path] of paths.entries()) await utimes(path, age, age);
      const store = await open(folder, 3000);
      await store.find(sha256(a));
      store.unpin();
      await bring(store, content('d'));
      expect(await store.find(sha256(b))).toBeUndefined();
      for (const kept of [a, c, content('d')]) expect(await store.find(sha256(kept))).toBeDefined();
    }));

  test('keeps what the round uses, and says that there is too little room', () =>
    inTemporaryFolder(async (folder) => {
      const store = await open(folder, 2500);
      await bring(store, content('a'));
      await bring(store, content('b'));
      await expect(bring(store, content('c'))).rejects.toMatchObject({
        code: 'MODEL_STORE_FULL',
        remedy: expect.stringContaining('--models.max_gigabytes') as unknown,
      });
      store.unpin();
      await bring(store, content('c'));
      expect(await readdir(join(folder, 'blobs'))).toHaveLength(2);
    }));

  test('counts downloads under way, and what ended ones have left', () =>
    inTemporaryFolder(async (folder) => {
      const store = await open(folder, 2500);
      await store.reserve('one', 2000);
      await expect(store.reserve('two', 1000)).rejects.toMatchObject({ code: 'MODEL_STORE_FULL' });
      await mkdir(store.incoming('one'));
      await writeFile(join(store.incoming('one'), 'weights.part'), content('a', 1400));
      store.release('one');
      await store.reserve('two', 1000);
      expect(await readdir(join(folder, 'incoming'))).toEqual(['one']);
      store.release('two');
      await store.reserve('three', 2400);
      expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    }));

  test('removes nothing for what would not fit anyway, and says so of the disk', () =>
    inTemporaryFolder(async (folder) => {
      const small = await open(folder, 2500);
      await bring(small, content('a'));
      small.unpin();
      await expect(small.reserve('one', 3000)).rejects.toMatchObject({ code: 'MODEL_STORE_FULL' });
      const large = await ContentStore.open(folder, { maxBytes: 1e15, spareBytes: 1e15 });
      await expect(large.reserve('one', 1000)).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await large.find(sha256(content('a')))).toBeDefined();
    }));

  test('forgets downloads that nobody wants any more, but those under way', () =>
    inTemporaryFolder(async (folder) => {
      const store = await open(folder);
      for (const name of ['wanted', 'unwanted', 'running']) await mkdir(store.incoming(name));
      await store.reserve('running', 10);
      await store.forgetDownloads(new Set(['wanted']));
      expect((await readdir(join(folder, 'incoming'))).sort()).toEqual(['running', 'wanted']);
    }));

  test('clears its folder of what is none of its files', () =>
    inTemporaryFolder(async (folder) => {
      await bring(await open(folder), content('a'));
      await mkdir(join(folder, 'blobs', 'folder'));
      await writeFile(join(folder, 'blobs', 'model.bin'), 'pickle');
      await open(folder);
      expect(await readdir(join(folder, 'blobs'))).toEqual([`${sha256(content('a'))}.safetensors`]);
      expect(await readFile(join(folder, 'blobs', `${sha256(content('a'))}.safetensors`), 'utf8')).toMatch(
        /^a+$/,
      );
    }));
});
