import { describe, expect, test } from '@jest/globals';
import { parseDigest, parseRepoId, parseRevision } from '../../src/common/identifiers.js';

describe('parseRepoId', () => {
  test.each(['a/b', 'owner/chest-xray', 'Owner_1/model.v2', 'a/b_', `${'x'.repeat(96)}/m`])(
    'takes %s',
    (text) => {
      expect(parseRepoId(text)).toBe(text);
    },
  );

  test.each([
    'a',
    'a/b/c',
    '/b',
    'a/',
    '../b',
    'a/..',
    'a/b..c',
    'a/b--c',
    '.a/b',
    'a/b.',
    '-a/b',
    'a/b-',
    'a/b.git',
    'a/b?x=1',
    'a/b#c',
    'a/%2e%2e',
    'a/b c',
    'a/ü',
    'a/b\n',
    `${'x'.repeat(97)}/m`,
    '',
  ])('refuses %j', (text) => {
    expect(parseRepoId(text)).toBeUndefined();
  });
});

test('a revision is 40 lower-case hex digits and nothing else', () => {
  const revision = '0123456789abcdef0123456789abcdef01234567';
  expect(parseRevision(revision)).toBe(revision);
  for (const bad of ['main', revision.toUpperCase(), revision.slice(1), `${revision}0`, ` ${revision}`]) {
    expect(parseRevision(bad)).toBeUndefined();
  }
});

test('a digest is 43 characters of base64url', () => {
  expect(parseDigest('A'.repeat(43))).toBe('A'.repeat(43));
  for (const bad of ['A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, `${'A'.repeat(42)}+`]) {
    expect(parseDigest(bad)).toBeUndefined();
  }
});
