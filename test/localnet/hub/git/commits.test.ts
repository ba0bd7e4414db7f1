import { describe, expect, test } from '@jest/globals';
import { decodeCommit, encodeCommit } from '../../../../src/localnet/hub/git/commits.js';

const commit = {
  tree: '1'.repeat(40),
  parents: ['2'.repeat(40)],
  author: 'alice',
  date: new Date('2026-11-22T10:00:00Z'),
  title: 'A title',
  message: 'Two\n\nparagraphs',
};

describe('a commit', () => {
  test('reads back as it was written', () => {
    expect(decodeCommit(encodeCommit(commit))).toEqual(commit);
    const bare = { ...commit, parents: [], message: '' };
    expect(decodeCommit(encodeCommit(bare))).toEqual(bare);
  });

  test('of git with a signature and two parents is understood', () => {
    const text = [
      `tree ${'1'.repeat(40)}`,
      `parent ${'2'.repeat(40)}`,
      `parent ${'3'.repeat(40)}`,
      'author A U Thor <a@b.c> 1700000000 -0730',
      'committer A U Thor <a@b.c> 1700000001 -0730',
      'gpgsig -----BEGIN PGP SIGNATURE-----',
      ' tree of lies',
      ' -----END PGP SIGNATURE-----',
      '',
      'Merge',
    ].join('\n');
    expect(decodeCommit(Buffer.from(text))).toMatchObject({
      tree: '1'.repeat(40),
      parents: ['2'.repeat(40), '3'.repeat(40)],
      author: 'A U Thor',
      title: 'Merge',
      message: '',
    });
  });

  test('without a tree is an error', () => {
    expect(() => decodeCommit(Buffer.from('author x\n\ntree 1'))).toThrow('damaged');
  });
});
