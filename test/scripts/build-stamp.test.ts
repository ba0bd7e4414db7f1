import { describe, expect, test } from '@jest/globals';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuildStamp,
  NODE_API,
  type Wanted,
  buildPlaces,
  portablePath,
  readStamp,
  staleReason,
} from '../../scripts/build-stamp.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { scratchBuild } from './support/scratch-build.js';

async function reasonAfter(
  change: (root: string) => Promise<void>,
  wanted: Partial<Wanted> = {},
  stamp: Partial<BuildStamp> = {},
): Promise<string | undefined> {
  return await inTemporaryFolder(async (root) => {
    await scratchBuild(root, stamp);
    await change(root);
    return await staleReason(buildPlaces(root), { machineKind: 'cpu', ...wanted });
  });
}

const nothing = () => Promise.resolve();
const cudaBuild = { libtorch: { path: 'torch', version: '2.14.1', cuda: '13.0', bytes: 21 } };

describe('whether the addon is up to date', () => {
  test('a finished build is, until something changes', async () => {
    expect(await reasonAfter(nothing)).toBeUndefined();
  });

  test.each([
    [
      'a source',
      (root: string) => appendFile(join(root, 'native/addon.cpp'), '//'),
      /native\/ or CMakeLists/,
    ],
    ['a new source', (root: string) => writeFile(join(root, 'native/new.h'), ''), /native\/ or CMakeLists/],
    [
      'CMakeLists.txt',
      (root: string) => appendFile(join(root, 'CMakeLists.txt'), '#'),
      /native\/ or CMakeLists/,
    ],
    ['the addon', (root: string) => writeFile(buildPlaces(root).addon, 'x'), /not the one that the stamp/],
    ['its absence', (root: string) => rm(buildPlaces(root).addon), /not the one that the stamp/],
    ["the launcher's absence", (root: string) => rm(buildPlaces(root).launcher), /launcher .* is not there/],
    ['the stamp', (root: string) => writeFile(buildPlaces(root).stamp, '{'), /no finished build/],
    ['libtorch', (root: string) => rm(join(root, 'torch'), { recursive: true }), /libtorch in .* is gone/],
    [
      'another libtorch',
      (root: string) => appendFile(join(root, 'torch/lib/libtorch_cpu.so'), 'x'),
      /has changed/,
    ],
  ])('%s makes it stale', async (_, change, reason) => {
    expect(await reasonAfter(change)).toMatch(reason);
  });

  test('a file that is no source does not make it stale', async () => {
    expect(await reasonAfter((root) => writeFile(join(root, 'native/notes.txt'), ''))).toBeUndefined();
  });

  test.each([
    ['another processor', {}, { platform: 'linux-other' }, /built for linux-other/],
    ['another Node-API', {}, { nodeApi: NODE_API + 1 }, /Node-API 9/],
    ['an NVIDIA driver that came later', { machineKind: 'cuda' }, {}, /this machine wants cuda/],
    ['--cuda', { kind: 'cuda' }, {}, /--cuda asks for another/],
    [
      '--cpu over a CUDA build',
      { kind: 'cpu' },
      { libtorch: { ...cudaBuild.libtorch, bytes: 21 } },
      /--cpu asks/,
    ],
    ['another LIBTORCH', { libtorch: '/elsewhere' }, {}, /LIBTORCH names \/elsewhere/],
  ] as const)('%s makes it stale', async (_, wanted, stamp, reason) => {
    expect(await reasonAfter(nothing, wanted, stamp)).toMatch(reason);
  });

  test.each(['option', 'LIBTORCH'] as const)(
    'a CPU build that %s chose stays on a CUDA machine',
    async (chosenBy) => {
      expect(await reasonAfter(nothing, { machineKind: 'cuda' }, { chosenBy })).toBeUndefined();
    },
  );

  test('the stamp is readable JSON that says what was built', async () => {
    await inTemporaryFolder(async (root) => {
      await scratchBuild(root);
      expect(await readStamp(buildPlaces(root))).toMatchObject({
        nodeApi: 8,
        libtorch: { version: '2.13.0' },
      });
      expect(await readFile(buildPlaces(root).stamp, 'utf8')).toContain('"cuda": null');
    });
  });

  test('Node-API is the version that CMakeLists.txt compiles for', async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', 'CMakeLists.txt'), 'utf8');
    expect(text).toContain(`NAPI_VERSION=${NODE_API}`);
  });

  test('a libtorch inside the package is written relative to it', () => {
    expect(portablePath('/p', '/p/vendor/torch')).toBe('vendor/torch');
    expect(portablePath('/p', '/home/torch')).toBe('/home/torch');
  });
});
