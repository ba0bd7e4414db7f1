import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildPlaces, readStamp } from '../../scripts/build-stamp.mjs';
import { runProgram } from '../../scripts/run-program.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { torchFiles, writeFiles } from './support/fake-torch.js';

const PROJECT = join(import.meta.dirname, '..', '..');
const places = buildPlaces(PROJECT);

const prove = (addon: string, libtorch: string, kind = 'cpu') =>
  runProgram(process.execPath, [join(PROJECT, 'scripts', 'prove-addon.mjs'), addon, libtorch, kind]);

describe('the proof of a build', () => {
  test('an addon that loads and learns passes and tells what it runs with', async () => {
    const stamp = await readStamp(places);
    const result = await prove(places.addon, resolve(PROJECT, stamp?.libtorch.path ?? ''));
    expect(result.status).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ torchVersion: stamp?.libtorch.version });
  });

  test('an addon that runs with another libtorch than the one of the build is refused', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFiles(folder, torchFiles());
      const result = await prove(places.addon, join(folder, 'torch'));
      expect(result.status).not.toBe(0);
      expect(result.stderr).toContain('the addon runs with the libtorch in');
    });
  });

  test('a file that is no addon is refused', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'x.node'), 'no addon');
      expect((await prove(join(folder, 'x.node'), folder)).status).not.toBe(0);
    });
  });

  test('a CPU libtorch does not pass as a CUDA build', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFiles(folder, torchFiles());
      const result = await prove(places.addon, join(folder, 'torch'), 'cuda');
      expect(result.status).not.toBe(0);
      expect(result.stderr).toContain('libtorch_cuda.so');
    });
  });
});
