import { describe, expect, test } from '@jest/globals';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../scripts/run-program.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { fakeProgram, fakePython, writeFiles } from './support/fake-torch.js';

const PROJECT = join(import.meta.dirname, '..', '..');

/** A fresh clone with nothing built, and an environment whose PATH has only what the test puts in bin/. */
async function inClone(body: (root: string, env: Record<string, string>) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (root) => {
    await cp(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    await writeFiles(root, {
      'package.json': '{ "type": "module" }',
      'native/a.cpp': '',
      'CMakeLists.txt': '',
    });
    await mkdir(join(root, 'bin'));
    await body(root, { PATH: join(root, 'bin'), XDG_CACHE_HOME: join(root, 'cache') });
  });
}

const run = (root: string, script: string, env: Record<string, string>, args: string[] = []) =>
  runProgram(process.execPath, [join(root, 'scripts', script), ...args], { env });

describe('npm run setup and npm run build:native', () => {
  test.each(['setup.mjs', 'build-native.mjs'])(
    '%s names what the machine lacks before anything is fetched or built',
    async (script) => {
      await inClone(async (root, env) => {
        const result = await run(root, script, env);
        expect(result.status).toBe(1);
        expect(result.stderr).toContain('This machine lacks something that HealthTensor needs:');
        expect(result.stderr).toContain('sudo apt-get install -y g++ cmake ninja-build');
        expect(result.stderr).not.toContain('    at ');
        expect(existsSync(join(root, 'cache'))).toBe(false);
        expect(existsSync(join(root, 'build'))).toBe(false);
      });
    },
  );

  test('offline with nothing cached the set-up ends with one error and its ways out', async () => {
    await inClone(async (root, env) => {
      for (const tool of ['g++', 'ninja']) await fakeProgram(env.PATH ?? '', tool, 'exit 0');
      await fakeProgram(env.PATH ?? '', 'cmake', 'echo cmake version 3.30.1');
      await fakePython(env.PATH ?? '', '', 'echo "ERROR: no index" >&2; exit 1');
      const offline = { ...env, HEALTHTENSOR_LIBTORCH_URL: 'http://127.0.0.1:9' };
      const result = await run(root, 'build-native.mjs', offline, ['--cpu']);
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(/^error: libtorch 2\.13\.0 is not on this machine/m);
      expect(result.stderr).toMatch(/^ {2}- .*LIBTORCH/m);
    });
  });

  test('a flag that does not exist is refused with the usage', async () => {
    await inClone(async (root, env) => {
      const result = await run(root, 'build-native.mjs', env, ['--gpu']);
      expect(result.status).toBe(1);
      expect(result.stderr).toContain('usage: npm run build:native [-- [--cpu | --cuda] [--force]]');
    });
  });
});
