import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sha256File, writeFileAtomic } from '../../src/common/files.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

test('an atomic write replaces the file and leaves nothing else behind', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'state.json');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, 'new', 0o600);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['state.json']);
  }));

test('an atomic write that fails keeps the old file and removes its temporary one', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'taken');
    await mkdir(path); // a folder cannot be replaced by a file
    await writeFile(join(path, 'inside'), 'x');
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  }));

test('the SHA-256 of a file is that of its bytes', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'bytes');
    const bytes = Buffer.alloc(200_000, 7);
    await writeFile(path, bytes);
    expect(await sha256File(path)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }));
