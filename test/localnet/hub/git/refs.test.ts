import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { RefConflict, Refs } from '../../../../src/localnet/hub/git/refs.js';
import { inTemporaryFolder } from '../../../support/temporary-folder.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function withRefs(body: (refs: Refs, folder: string) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    await mkdir(join(folder, 'heads'));
    await mkdir(join(folder, 'tags'));
    await body(new Refs(folder), folder);
  });
}

describe('a branch', () => {
  test('moves only from where it was seen', () =>
    withRefs(async (refs) => {
      await refs.update('heads', 'main', undefined, A);
      await expect(refs.update('heads', 'main', undefined, B)).rejects.toThrow(RefConflict);
      await expect(refs.update('heads', 'main', B, B)).rejects.toThrow(RefConflict);
      expect(await refs.read('heads', 'main')).toBe(A);
      await refs.update('heads', 'main', A, B);
      expect(await refs.list('heads')).toEqual([{ name: 'main', id: B }]);
      await expect(refs.remove('heads', 'main', A)).rejects.toThrow(RefConflict);
      await refs.remove('heads', 'main', B);
      expect(await refs.list('heads')).toEqual([]);
    }));

  test('that git is changing at the moment cannot be moved, and git’s lock stays', () =>
    withRefs(async (refs, folder) => {
      await refs.update('heads', 'main', undefined, A);
      await writeFile(join(folder, 'heads', 'main.lock'), '');
      await expect(refs.update('heads', 'main', A, B)).rejects.toThrow(RefConflict);
      expect((await readdir(join(folder, 'heads'))).sort()).toEqual(['main', 'main.lock']);
      expect(await refs.list('heads')).toEqual([{ name: 'main', id: A }]);
      await refs.removeStaleLocks();
      await refs.update('heads', 'main', A, B);
    }));

  test('never has a name that leaves the folder', () =>
    withRefs(async (refs, folder) => {
      await writeFile(join(folder, 'secret'), `${A}\n`);
      expect(await refs.read('heads', '../secret')).toBeUndefined();
      await expect(refs.update('heads', '../evil', undefined, A)).rejects.toThrow('Not a branch');
      await expect(refs.remove('heads', '../secret', A)).rejects.toThrow('Not a branch');
      expect((await readdir(folder)).sort()).toEqual(['heads', 'secret', 'tags']);
    }));
});
