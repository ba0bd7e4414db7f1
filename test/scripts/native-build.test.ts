import { describe, expect, test } from '@jest/globals';
import { mkdir, readFile, readdir, realpath, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildPlaces, readStamp } from '../../scripts/build-stamp.mjs';
import { buildNative } from '../../scripts/native-build.mjs';
import { loadAddonOf } from '../../src/engine/load-addon.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { fakeCmakeJs } from './support/fake-cmake-js.js';
import { listeningReport, writeFiles } from './support/fake-torch.js';

const PROJECT = join(import.meta.dirname, '..', '..');

/** A scratch package whose cmake-js hands out `product`, and the libtorch of this project's own build. */
async function building(
  product: string,
  body: (root: string, build: () => Promise<{ outcome: string; lines: string[] }>) => Promise<void>,
): Promise<void> {
  const stamp = await readStamp(buildPlaces(PROJECT));
  const LIBTORCH = resolve(PROJECT, stamp?.libtorch.path ?? '');
  await inTemporaryFolder(async (folder) => {
    const root = await realpath(folder);
    await writeFiles(root, { 'package.json': '{}', 'CMakeLists.txt': '', 'native/a.cpp': 'int x;' });
    await fakeCmakeJs(
      root,
      `if (command === 'build') {
         fs.mkdirSync(path.join(out, 'Release'), { recursive: true });
         fs.copyFileSync(${JSON.stringify(product)}, path.join(out, 'Release/healthtensor.node'));
         fs.writeFileSync(path.join(out, 'Release/healthtensor-sandbox'), 'the launcher');
       }`,
    );
    await body(root, async () => {
      const report = listeningReport();
      const outcome = await buildNative({ root, report, env: { ...process.env, LIBTORCH } });
      return { outcome, lines: report.lines };
    });
  });
}

describe('the native build', () => {
  test('proves the addon, stamps it, and has nothing to do the second time', async () => {
    await building(buildPlaces(PROJECT).addon, async (root, build) => {
      const first = await build();
      expect(first.outcome).toBe('built');
      expect(first.lines[0]).toBe('native build: there is no finished build');
      expect(first.lines[1]).toMatch(/^libtorch: LIBTORCH names/);
      expect(first.lines.at(-1)).toMatch(/^ {2}libtorch 2\.\d+\.\d+, \w+, trains on the CPU/);
      expect((await readdir(join(root, 'build/Release'))).sort()).toEqual([
        'build-stamp.json',
        'healthtensor-sandbox',
        'healthtensor.node',
      ]);
      expect(await build()).toEqual({ outcome: 'up to date', lines: [] });
      expect((await loadAddonOf(root)).libtorch.version).toMatch(/^2\./);

      await writeFile(join(root, 'native/a.cpp'), 'int y;');
      expect((await build()).lines[0]).toBe('native build: native/ or CMakeLists.txt has changed');
    });
  });

  test('an addon that fails its proof does not replace the one that works', async () => {
    await building(join(PROJECT, 'package.json'), async (root, build) => {
      const places = buildPlaces(root);
      await mkdir(places.release, { recursive: true });
      await writeFile(places.addon, 'the addon that works');
      await expect(build()).rejects.toMatchObject({
        name: 'SetupError',
        message: expect.stringMatching(
          /^The addon was built but failed its proof \(exit code 1\)/,
        ) as unknown,
      });
      expect(await readFile(places.addon, 'utf8')).toBe('the addon that works');
      expect(await readdir(places.release)).toEqual(['healthtensor.node']);
    });
  });
});
