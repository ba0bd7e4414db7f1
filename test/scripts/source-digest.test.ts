import { expect, test } from '@jest/globals';
import { digestOfFiles, nativeSourceDigest } from '../../scripts/source-digest.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { writeFiles } from './support/fake-torch.js';

test('the digest does not depend on the order of the names, but on names and contents', async () => {
  await inTemporaryFolder(async (root) => {
    await writeFiles(root, { a: '1', b: '2', c: '12', d: '' });
    expect(await digestOfFiles(root, ['a', 'b'])).toBe(await digestOfFiles(root, ['b', 'a']));
    expect(await digestOfFiles(root, ['a'])).not.toBe(await digestOfFiles(root, ['b']));
    expect(await digestOfFiles(root, ['a', 'b'])).not.toBe(await digestOfFiles(root, ['c', 'd']));
  });
});

test('a package without native sources has no digest of them', async () => {
  await inTemporaryFolder(async (root) => {
    expect(await nativeSourceDigest(root)).toBeUndefined();
  });
});
