import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lockState } from '../../src/common/state-lock.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const inUse = expect.objectContaining({ code: 'STATE_IN_USE' });

describe('the lock on a state folder', () => {
  test('keeps a second user out until the first lets go', () =>
    inTemporaryFolder(async (folder) => {
      await Promise.resolve();
      const release = lockState(folder);
      expect(() => lockState(folder)).toThrow(inUse);
      release();
      release();
      lockState(folder)();
    }));

  test('keeps another process out, and goes with a process that is killed', () =>
    inTemporaryFolder(async (folder) => {
      const script = `
        const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve('libsql'))});
        new Database(${JSON.stringify(join(folder, 'lock.sqlite'))}).exec('BEGIN EXCLUSIVE');
        process.stdout.write('locked');
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      await Promise.race([once(child.stdout, 'data'), ended]);
      expect(() => lockState(folder)).toThrow(inUse);
      child.kill('SIGKILL');
      await ended;
      lockState(folder)();
    }));

  test('does not take a file that is no lock for another process', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'lock.sqlite'), 'something else '.repeat(100));
      expect(() => lockState(folder)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
    }));

  test('names a folder that is not there', () => {
    expect(() => lockState('/no/such/folder')).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  });
});
