import { expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestsOf, sameContent } from '../../src/hub/digests.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

// `git hash-object` and `sha256sum` of these bytes.
const HELLO = {
  size: 6,
  gitSha1: 'ce013625030ba8dba906f756967f9e9ca394464a',
  sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
};

test('bytes and files have the names that git and LFS give them', async () => {
  const bytes = new TextEncoder().encode('hello\n');
  expect(await digestsOf(bytes)).toEqual(HELLO);
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'a b#c');
    await writeFile(file, bytes);
    expect(await digestsOf(pathToFileURL(file))).toEqual(HELLO);
  });
  expect((await digestsOf(new Uint8Array())).gitSha1).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
});

test('content is the one listed by SHA-256 in LFS, by git id otherwise, and by size always', () => {
  const { size, gitSha1, sha256 } = HELLO;
  const pointer = 'f'.repeat(40);
  expect(sameContent(HELLO, { path: 'a', size, gitSha1 })).toBe(true);
  expect(sameContent(HELLO, { path: 'a', size, gitSha1: pointer, sha256 })).toBe(true);
  expect(sameContent(HELLO, { path: 'a', size, gitSha1: pointer })).toBe(false);
  expect(sameContent(HELLO, { path: 'a', size, gitSha1, sha256: '0'.repeat(64) })).toBe(false);
  expect(sameContent(HELLO, { path: 'a', size: 7, gitSha1: pointer, sha256 })).toBe(false);
});
