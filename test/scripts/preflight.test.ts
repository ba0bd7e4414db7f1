import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OLDEST_NODE,
  atLeast,
  describeMissing,
  findCompiler,
  missingNode,
  missingTools,
} from '../../scripts/preflight.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { fakeProgram } from './support/fake-torch.js';

describe('preflight', () => {
  test('everything that is missing is named at once, with its remedy and one Debian command', async () => {
    await inTemporaryFolder(async (folder) => {
      const missing = await missingTools({ env: { PATH: folder }, nodeVersion: '18.19.1' });
      const text = describeMissing(missing);
      expect(missing).toHaveLength(4);
      expect(text).toContain('Node.js 20.17.0 or later: this is 18.19.1');
      expect(text).toContain('a C++20 compiler with OpenMP: none of c++, g++, clang++ was found');
      expect(text).toContain('cmake 3.18 or later: not found');
      expect(text).toContain('make or ninja: neither was found');
      expect(text).toContain('sudo apt-get install -y g++ cmake ninja-build');
    });
  });

  test('a machine that can run this suite lacks nothing', async () => {
    expect(await missingTools()).toEqual([]);
  });

  test('the oldest Node is the one that package.json promises', async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
    const { engines } = JSON.parse(text) as { engines: { node: string } };
    expect(`>=${OLDEST_NODE}`).toBe(`${engines.node}.0`);
    expect(missingNode(OLDEST_NODE)).toEqual([]);
    expect(missingNode('20.16.9')).toHaveLength(1);
  });

  test('a cmake that is too old is named with its version', async () => {
    await inTemporaryFolder(async (folder) => {
      await fakeProgram(folder, 'cmake', 'echo "cmake version 3.10.2"');
      const missing = await missingTools({ env: { PATH: folder } });
      expect(describeMissing(missing)).toContain('cmake 3.18 or later: this is 3.10.2');
    });
  });

  test('make alone is enough to build with', async () => {
    await inTemporaryFolder(async (folder) => {
      await fakeProgram(folder, 'make', 'exit 0');
      const missing = await missingTools({ env: { PATH: folder } });
      expect(describeMissing(missing)).not.toContain('make or ninja');
    });
  });

  test('a compiler that is there but cannot compile C++20 is refused with its own words', async () => {
    await inTemporaryFolder(async (folder) => {
      await fakeProgram(
        folder,
        'g++',
        '[ "$1" = --version ] && exit 0\necho "unknown -std=c++20" >&2; exit 1',
      );
      expect(await findCompiler({ PATH: folder })).toEqual({
        problem: 'g++ cannot compile C++20 with OpenMP (unknown -std=c++20)',
      });
    });
  });

  test('CXX names the only compiler that is tried', async () => {
    expect(await findCompiler({ ...process.env, CXX: 'no-such-compiler' })).toEqual({
      problem: 'none of no-such-compiler was found',
    });
  });

  test('versions are compared by number, not by letter', () => {
    expect(atLeast('3.9.1', '3.18.0')).toBe(false);
    expect(atLeast('3.18', '3.18.0')).toBe(true);
    expect(atLeast('21.0.0-nightly', '20.17.0')).toBe(true);
  });
});
