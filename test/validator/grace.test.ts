import { describe, expect, test } from '@jest/globals';
import { type Hotkey, reject } from '../../src/common/index.js';
import { Grace, GRACE_BLOCKS } from '../../src/validator/grace.js';

const hotkey = 'a hotkey' as Hotkey;
const unavailable = reject('REPO_UNAVAILABLE', 'private');
const committedAt = (commitBlock: number) => ({ hotkey, commitBlock });

describe('a repository that is not open', () => {
  test('is waited for while its commitment is fresh, and refused afterwards', () => {
    const grace = new Grace();
    expect(grace.isStillOpening(unavailable, committedAt(100), 100 + GRACE_BLOCKS)).toBe(true);
    expect(grace.isStillOpening(unavailable, committedAt(100), 101 + GRACE_BLOCKS)).toBe(false);
  });

  test('is the only fault that freshness excuses', () => {
    expect(new Grace().isStillOpening(reject('HASH_MISMATCH', 'other bytes'), committedAt(100), 101)).toBe(
      false,
    );
  });

  test('is not waited for again because its owner commits again', () => {
    const grace = new Grace();
    expect(grace.isStillOpening(unavailable, committedAt(100), 110)).toBe(true);
    expect(grace.isStillOpening(unavailable, committedAt(120), 120)).toBe(true);
    expect(grace.isStillOpening(unavailable, committedAt(140), 140)).toBe(false);
  });

  test('is waited for again once it has been open', () => {
    const grace = new Grace();
    expect(grace.isStillOpening(unavailable, committedAt(100), 120)).toBe(true);
    grace.opened(hotkey);
    expect(grace.isStillOpening(unavailable, committedAt(140), 150)).toBe(true);
  });
});
