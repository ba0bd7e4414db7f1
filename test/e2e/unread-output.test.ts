import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const RUN = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'cli', 'run.js')).href;

test('work whose output nobody reads any more is stopped as by Ctrl-C, and counts as failed', () =>
  inTemporaryFolder(async (folder) => {
    const saved = join(folder, 'saved');
    const script = `
      import { writeFileSync } from 'node:fs';
      import { run } from ${JSON.stringify(RUN)};
      await run(async (signal) => {
        while (!signal.aborted) {
          process.stdout.write('at work\\n');
          await new Promise((resolve) => setImmediate(resolve));
        }
        writeFileSync(${JSON.stringify(saved)}, 'saved');
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect((await ended)[0]).toBe(1);
    expect(await readFile(saved, 'utf8')).toBe('saved');
  }));
