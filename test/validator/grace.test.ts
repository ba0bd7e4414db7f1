import { describe, expect, test } from '@jest/globals';
import { type Digest, type Hotkey, reject, type RepoId, type Revision } from '../../src/common/index.js';
import { ASK_AGAIN_BLOCKS, Grace, GRACE_BLOCKS } from '../../src/validator/grace.js';

const hotkey = 'a hotkey' as Hotkey;
const unavailable = reject('REPO_UNAVAILABLE', 'private');
const miner = { hotkey };

describe('a repository that is not open', () => {
  test('is waited for from when it is first found closed, and refused afterwards', () => {
    const grace = new Grace();
    expect(grace.isStillOpening(unavailable, miner, 100)).toBe(true);
    expect(grace.isStillOpening(unavailable, miner, 100 + GRACE_BLOCKS)).toBe(true);
    expect(grace.isStillOpening(unavailable, miner, 101 + GRACE_BLOCKS)).toBe(false);
  });

  test('is the only fault that is waited for', () => {
    expect(new Grace().isStillOpening(reject('HASH_MISMATCH', 'other bytes'), miner, 101)).toBe(false);
  });

  test('is waited for again once it has been open', () => {
    const grace = new Grace();
    expect(grace.isStillOpening(unavailable, miner, 100)).toBe(true);
    grace.opened(hotkey);
    expect(grace.isStillOpening(unavailable, miner, 150)).toBe(true);
  });
});

describe('a refusal', () => {
  const committed = {
    hotkey,
    repo: 'miner/model' as RepoId,
    revision: 'a'.repeat(40) as Revision,
    digest: 'D'.repeat(43) as Digest,
  };

  test('is remembered for a while, for the same commitment alone', () => {
    const grace = new Grace();
    grace.refused(committed, unavailable, 100);
    expect(grace.recall(committed, 99 + ASK_AGAIN_BLOCKS)).toBe(unavailable);
    expect(grace.recall(committed, 100 + ASK_AGAIN_BLOCKS)).toBeUndefined();
    // The same weights, with a config that is mended, or in another repository: the digest stays.
    for (const other of [
      { digest: 'E'.repeat(43) as Digest },
      { revision: 'b'.repeat(40) as Revision },
      { repo: 'miner/other' as RepoId },
    ]) {
      expect(grace.recall({ ...committed, ...other }, 101)).toBeUndefined();
    }
  });
});
