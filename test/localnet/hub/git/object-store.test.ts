import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ObjectStore } from '../../../../src/localnet/hub/git/object-store.js';
import { inTemporaryFolder } from '../../../support/temporary-folder.js';

describe('the object store', () => {
  test('keeps an object once and gives it back', async () => {
    await inTemporaryFolder(async (directory) => {
      const store = new ObjectStore(directory);
      const id = await store.write('blob', Buffer.from('hello'));
      expect(await store.write('blob', Buffer.from('hello'))).toBe(id);
      await store.settle();
      expect(await readdir(directory)).toEqual([id.slice(0, 2)]);
      expect(await readdir(join(directory, id.slice(0, 2)))).toEqual([id.slice(2)]);
      expect(await store.read(id)).toEqual({ kind: 'blob', content: Buffer.from('hello') });
      expect(await store.read('0'.repeat(40))).toBeUndefined();
    });
  });

  test('knows the size of a blob from the beginning of its file, also of a large one', async () => {
    await inTemporaryFolder(async (directory) => {
      const store = new ObjectStore(directory);
      const sizes = [0, 1, 1023, 5_000_000];
      for (const size of sizes) {
        const id = await store.write('blob', Buffer.alloc(size, 'ab c'));
        expect(await store.blobSize(id)).toBe(size);
      }
      const tree = await store.write('tree', Buffer.alloc(0));
      await expect(store.blobSize(tree)).rejects.toMatchObject({ code: 'HUB_DAMAGED' });
    });
  });

  test('an object that is missing or of another kind where one must be is an error with a remedy', async () => {
    await inTemporaryFolder(async (directory) => {
      const store = new ObjectStore(directory);
      const id = await store.write('blob', Buffer.from('hello'));
      await expect(store.expect('commit', id)).rejects.toMatchObject({ code: 'HUB_DAMAGED' });
      await expect(store.expect('commit', '0'.repeat(40))).rejects.toMatchObject({ code: 'HUB_DAMAGED' });
    });
  });
});
