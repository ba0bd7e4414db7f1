import { describe, expect, test } from '@jest/globals';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildStamp, buildPlaces } from '../../scripts/build-stamp.mjs';
import { loadAddon, loadAddonAndLibtorch, loadAddonOf } from '../../src/engine/load-addon.js';
import { scratchBuild } from '../scripts/support/scratch-build.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

async function failureAfter(
  change: (root: string) => Promise<unknown>,
  stamp: Partial<BuildStamp> = {},
): Promise<unknown> {
  return await inTemporaryFolder(async (root) => {
    await scratchBuild(root, stamp);
    await change(root);
    return await loadAddonOf(root).then(
      () => 'loaded',
      (error: unknown) => error,
    );
  });
}

const nothing = () => Promise.resolve();
const saying = (code: string, message: RegExp) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message) as unknown,
    remedy: expect.stringMatching(/^npm run build:native/) as unknown,
  }) as unknown;

describe('loading the addon', () => {
  test('the built addon is loaded once, with the libtorch of its stamp', async () => {
    const { addon, libtorch } = await loadAddonAndLibtorch();
    expect(await loadAddon()).toBe(addon);
    expect(addon.info().torchVersion).toContain(libtorch.version);
    expect(realpathSync(addon.info().libtorchFolder)).toBe(realpathSync(join(libtorch.folder, 'lib')));
  });

  test('an addon that was never built is ADDON_MISSING', async () => {
    expect(await failureAfter((root) => rm(join(root, 'build'), { recursive: true }))).toEqual(
      saying('ADDON_MISSING', /has not been built: there is no .*healthtensor\.node/),
    );
  });

  test.each([
    ['no stamp', (root: string) => rm(buildPlaces(root).stamp), /stamp is missing/],
    ['half a stamp', (root: string) => writeFile(buildPlaces(root).stamp, '{"format":1'), /stamp is missing/],
    [
      'another addon',
      (root: string) => appendFile(buildPlaces(root).addon, 'x'),
      /not the file that its build/,
    ],
    [
      'changed sources',
      (root: string) => appendFile(join(root, 'native/addon.cpp'), 'x'),
      /native\/ has changed/,
    ],
    [
      'no libtorch',
      (root: string) => rm(join(root, 'torch'), { recursive: true }),
      /libtorch .* is gone from/,
    ],
    [
      'another libtorch',
      (root: string) => appendFile(join(root, 'torch/lib/libtorch_cpu.so'), 'x'),
      /is another one than it was built with/,
    ],
  ])('an addon with %s is ADDON_MISMATCH', async (_, change, message) => {
    expect(await failureAfter(change)).toEqual(saying('ADDON_MISMATCH', message));
  });

  test.each([
    [{ platform: 'linux-other' }, /built for linux-other and this is/],
    [{ nodeApi: 99 }, /needs Node-API 99/],
  ])('an addon built for another machine or Node is ADDON_MISMATCH', async (stamp, message) => {
    expect(await failureAfter(nothing, stamp)).toEqual(saying('ADDON_MISMATCH', message));
  });

  test('an addon that the system refuses is ADDON_UNLOADABLE, with the reason and its cause', async () => {
    const failure = await failureAfter(nothing);
    expect(failure).toEqual(
      saying('ADDON_UNLOADABLE', /cannot be loaded with libtorch in .*(ELF|file too short)/),
    );
    expect((failure as Error).cause).toMatchObject({ code: 'ERR_DLOPEN_FAILED' });
  });

  test('a package that came without native sources is not compared with them', async () => {
    const failure = await failureAfter((root) => rm(join(root, 'native'), { recursive: true }));
    expect(failure).toEqual(saying('ADDON_UNLOADABLE', /cannot be loaded/));
  });
});
