import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { inTemporaryFolder } from '../../support/temporary-folder.js';

const ENGINE = pathToFileURL(join(import.meta.dirname, '../../../dist/engine/index.js')).href;

test('a library that was loaded from anywhere opens itself to workers, not the folder that it lies in', () =>
  inTemporaryFolder(async (home) => {
    const [, library] = /(\/\S+\/libm\.so\S*)$/m.exec(await readFile('/proc/self/maps', 'utf8')) ?? [];
    const preloaded = join(home, 'libmine.so');
    await copyFile(library as string, preloaded);
    const script = `
      import { openSandbox } from '${ENGINE}';
      const device = { kind: 'cpu', threads: 1 };
      const sandbox = await openSandbox({ device, memoryBytes: 2 ** 30 });
      console.log(sandbox.command('/program.mjs', []).arguments.join('\\n'));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, LD_PRELOAD: preloaded },
    });
    const paths = stdout.trim().split('\n');
    expect(paths).toContain(preloaded);
    expect(paths.filter((path) => preloaded.startsWith(join(path, '/')))).toEqual([]);
  }));
