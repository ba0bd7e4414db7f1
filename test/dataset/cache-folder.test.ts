import { expect, test } from '@jest/globals';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheFolder } from '../../src/dataset/cache-folder.js';

test('the cache follows XDG_CACHE_HOME when that is absolute, and differs for each data set', () => {
  const home = join(homedir(), '.cache', 'healthtensor', 'pixels');
  expect(defaultCacheFolder('/data/nih', {})).toMatch(new RegExp(`^${home}/[0-9a-f]{16}$`));
  expect(defaultCacheFolder('/data/nih', { XDG_CACHE_HOME: 'relative' })).toBe(
    defaultCacheFolder('/data/nih', {}),
  );
  expect(defaultCacheFolder('/data/nih', { XDG_CACHE_HOME: '/big' })).toMatch(
    /^\/big\/healthtensor\/pixels\//,
  );
  expect(defaultCacheFolder('/data/other', {})).not.toBe(defaultCacheFolder('/data/nih', {}));
});
