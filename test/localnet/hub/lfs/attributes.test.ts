import { describe, expect, test } from '@jest/globals';
import { INITIAL_ATTRIBUTES, trackLfs, tracksLfs } from '../../../../src/localnet/hub/lfs/attributes.js';

describe('.gitattributes', () => {
  test('of a new repository sends weights and archives to LFS, texts not', () => {
    for (const path of ['model.safetensors', 'a/b.bin', 'images_001.tar.gz']) {
      expect(tracksLfs(INITIAL_ATTRIBUTES, path)).toBe(true);
    }
    for (const path of ['config.json', 'README.md', 'bin', 'model.safetensors.json', 'xbin']) {
      expect(tracksLfs(INITIAL_ATTRIBUTES, path)).toBe(false);
    }
  });

  test('gains a line for a large file of another kind, once', () => {
    const path = 'data/my video [1].mp4';
    const tracked = trackLfs('*.bin filter=lfs -text', ['x.bin', path]);
    expect(tracked.split('\n')).toEqual([
      '*.bin filter=lfs -text',
      '/data/my?video??1?.mp4 filter=lfs diff=lfs merge=lfs -text',
      '',
    ]);
    expect(tracksLfs(tracked, path)).toBe(true);
    expect(tracksLfs(tracked, 'data/my video [1].mp4x')).toBe(false);
    expect(trackLfs(tracked, [path])).toBe(tracked);
  });

  test('with patterns made to be slow is read at once', () => {
    const hostile = `${'*a'.repeat(5000)} filter=lfs\n`.repeat(20);
    expect(tracksLfs(hostile, `${'a'.repeat(1000)}b`)).toBe(false);
  });
});
