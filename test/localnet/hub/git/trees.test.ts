import { describe, expect, test } from '@jest/globals';
import { ObjectStore } from '../../../../src/localnet/hub/git/object-store.js';
import {
  decodeTree,
  encodeTree,
  entryAt,
  FILE_MODE,
  listAll,
  writeTree,
} from '../../../../src/localnet/hub/git/trees.js';
import { inTemporaryFolder } from '../../../support/temporary-folder.js';

describe('a tree', () => {
  test('holds its entries in git’s order, in which a folder counts as its name and a slash', () => {
    const id = '1'.repeat(40);
    const names = ['a', 'a-', 'a.b', 'B', 'ä'].map((name) => ({ mode: FILE_MODE, name, id }));
    const folder = { mode: '40000', name: 'a0', id };
    const bytes = encodeTree([{ ...folder, name: 'a' }, ...names.filter((entry) => entry.name !== 'a')]);
    expect(decodeTree(bytes).map((entry) => entry.name)).toEqual(['B', 'a-', 'a.b', 'a', 'ä']);
  });

  test('is written with its folders and listed with their paths', async () => {
    await inTemporaryFolder(async (directory) => {
      const store = new ObjectStore(directory);
      const id = await store.write('blob', Buffer.from('x'));
      const paths = ['z', 'a/b/c', 'a/b/d', 'a-b', 'constructor', '__proto__/x'];
      const tree = await writeTree(store, new Map(paths.map((path) => [path, { mode: FILE_MODE, id }])));
      const files = (await listAll(store, tree, '')).filter((entry) => entry.type === 'file');
      expect(files.map((entry) => entry.path).sort()).toEqual([...paths].sort());
      expect(await entryAt(store, tree, 'a/b')).toMatchObject({ type: 'directory', path: 'a/b' });
      expect(await entryAt(store, tree, 'a/b/c')).toMatchObject({ type: 'file', id });
      expect(await entryAt(store, tree, 'z/c')).toBeUndefined();
      expect(await entryAt(store, tree, 'a/none')).toBeUndefined();
    });
  });

  test('of a folder with more files than a call may have arguments is listed', async () => {
    await inTemporaryFolder(async (directory) => {
      const store = new ObjectStore(directory);
      const id = '1'.repeat(40);
      const entries = Array.from({ length: 200_000 }, (_, i) => ({ mode: FILE_MODE, name: `f${i}`, id }));
      const folder = await store.write('tree', encodeTree(entries));
      const root = await store.write('tree', encodeTree([{ mode: '40000', name: 'a', id: folder }]));
      expect(await listAll(store, root, '')).toHaveLength(200_001);
    });
  });

  test('that is cut short is an error', () => {
    const bytes = encodeTree([{ mode: FILE_MODE, name: 'a', id: '1'.repeat(40) }]);
    expect(() => decodeTree(bytes.subarray(0, -1))).toThrow('damaged');
    expect(() => decodeTree(Buffer.from('no zero byte here'))).toThrow('damaged');
  });
});
