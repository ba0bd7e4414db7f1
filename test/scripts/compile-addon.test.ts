import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPlaces } from '../../scripts/build-stamp.mjs';
import { compileAddon } from '../../scripts/compile-addon.mjs';
import { silentReport } from '../../scripts/report.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { fakeCmakeJs } from './support/fake-cmake-js.js';
import { writeFiles } from './support/fake-torch.js';

interface Call {
  command: string;
  options: string[];
  MAKEFLAGS?: string;
  CXX: string;
}

const libtorch = { path: '/opt/torch', version: '2.13.0', cuda: null, bytes: 1 };

async function compiling(
  body: string,
  check: (root: string, compile: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (root) => {
    await fakeCmakeJs(root, body);
    await writeFiles(root, { 'package.json': '{}' });
    const options = {
      libtorch,
      compiler: 'c++',
      env: { ...process.env, MAKEFLAGS: '-j9' },
      report: silentReport,
    };
    await check(root, () => compileAddon(buildPlaces(root), options));
  });
}

describe('compiling the addon', () => {
  // cmake-js build keeps the settings of an earlier configuration: another LIBTORCH was silently ignored.
  test('each build is configured anew, with this libtorch and this compiler, outside any outer make', async () => {
    await compiling('', async (root, compile) => {
      expect(await compile()).toBe(join(root, 'build/cmake/Release/healthtensor.node'));
      const calls = JSON.parse(await readFile(join(root, 'calls.json'), 'utf8')) as Call[];
      expect(calls.map(({ command }) => command)).toEqual(['configure', 'build']);
      for (const call of calls) {
        expect(call.options).toContain('--CDLIBTORCH=/opt/torch');
        expect(call.options).toContain(`--CDADDON_FOLDER=${join(root, 'build/Release')}`);
        expect(call).toMatchObject({ CXX: 'c++' });
        expect(call.MAKEFLAGS).toBeUndefined();
      }
    });
  });

  test('a failure shows the first errors and names the log that has everything', async () => {
    const body = `console.log(command); if (command === 'build') { console.log('a.cpp:1:2: error: no such thing'); process.exit(1); }`;
    await compiling(body, async (root, compile) => {
      const log = join(root, 'build/native-build.log');
      await expect(compile()).rejects.toMatchObject({
        message: 'The addon does not compile:\na.cpp:1:2: error: no such thing',
        remedies: [`the whole output is in ${log}`],
      });
      expect(await readFile(log, 'utf8')).toMatch(/^configure\nbuild\na\.cpp/);
    });
  });

  test.each([
    ['of a clone that has been moved', '/elsewhere', '/usr/bin/c++', false],
    ['of another compiler', undefined, '/usr/bin/clang++', false],
    ['of this clone and compiler', undefined, '/usr/bin/c++', true],
  ])("CMake's cache %s is kept only when it fits", async (_, home, compiler, kept) => {
    await compiling('', async (root, compile) => {
      const cache = [
        `CMAKE_HOME_DIRECTORY:INTERNAL=${home ?? root}`,
        `CMAKE_CXX_COMPILER:STRING=${compiler}`,
      ];
      await writeFiles(root, { 'build/cmake/CMakeCache.txt': cache.join('\n') });
      await compile();
      expect(existsSync(join(root, 'build/cmake/CMakeCache.txt'))).toBe(kept);
    });
  });
});
