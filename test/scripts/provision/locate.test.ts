import { describe, expect, test } from '@jest/globals';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fillCache } from '../../../scripts/provision/cache.mjs';
import { locateLibtorch } from '../../../scripts/provision/locate.mjs';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { fakePython, listeningReport, torchFiles, writeFiles } from '../support/fake-torch.js';

interface Machine {
  folder: string;
  env: { PATH: string; XDG_CACHE_HOME: string; LIBTORCH?: string };
}

/** A machine whose LIBTORCH, Python and cache hold a libtorch each, in folders named for them. */
async function onMachine(
  body: (machine: Machine) => Promise<void>,
  python: { version?: string; cuda?: string } = {},
): Promise<void> {
  await inTemporaryFolder(async (temporary) => {
    const folder = await realpath(temporary);
    await writeFiles(join(folder, 'variable'), torchFiles());
    await writeFiles(join(folder, 'python'), torchFiles(python.version, python.cuda));
    const bin = await fakePython(join(folder, 'bin'), join(folder, 'python/torch/__init__.py'));
    await fillCache(join(folder, 'healthtensor/libtorch/2.13.0-cpu'), async (scratch) => {
      await writeFiles(scratch, torchFiles());
      return { archives: [], libraries: {} };
    });
    await body({ folder, env: { PATH: bin, XDG_CACHE_HOME: folder } });
  });
}

describe('where libtorch is looked for', () => {
  test('LIBTORCH comes first, as a torch folder or the folder above it', async () => {
    await onMachine(async ({ folder, env }) => {
      for (const LIBTORCH of [join(folder, 'variable'), join(folder, 'variable/torch')]) {
        const report = listeningReport();
        const found = await locateLibtorch({ env: { ...env, LIBTORCH }, kind: 'cpu', report });
        expect(found?.path).toBe(join(folder, 'variable/torch'));
        expect(report.lines).toEqual([`libtorch: LIBTORCH names libtorch 2.13.0 (CPU) in ${found?.path}`]);
      }
    });
  });

  test("Python's torch comes second", async () => {
    await onMachine(async ({ folder, env }) => {
      const report = listeningReport();
      const found = await locateLibtorch({ env, kind: 'cpu', report });
      expect(found).toMatchObject({ path: join(folder, 'python/torch'), version: '2.13.0', cuda: null });
      expect(report.lines[0]).toMatch(/^libtorch: Python has libtorch 2\.13\.0 \(CPU\)/);
    });
  });

  test.each([
    ['another release', { version: '2.12.1' }, /2\.12\.1 \(CPU\).*passed over: 2\.13\.0 \(CPU\) is wanted/],
    ['a CUDA build', { cuda: '13.0' }, /2\.13\.0 \(CUDA 13\.0\).*passed over/],
  ])("Python's torch is passed over aloud when it is %s; then comes the cache", async (_, python, said) => {
    await onMachine(async ({ folder, env }) => {
      const report = listeningReport();
      const found = await locateLibtorch({ env, kind: 'cpu', report });
      expect(found?.path).toBe(join(folder, 'healthtensor/libtorch/2.13.0-cpu/torch'));
      expect(report.lines[0]).toMatch(said);
      expect(report.lines[1]).toMatch(/already provisioned/);
    }, python);
  });

  test('nothing is found for CUDA when only the CPU build is there', async () => {
    await onMachine(async ({ folder, env }) => {
      const report = listeningReport();
      expect(await locateLibtorch({ env, kind: 'cuda', report })).toBeUndefined();
      expect(report.lines.at(-1)).toBe(
        `libtorch: nothing provisioned yet in ${join(folder, 'healthtensor/libtorch/2.14.1-cu130')}`,
      );
    });
  });

  test.each([
    ['no folder', 'nowhere', 'cpu', /there is no such folder/],
    ['no libtorch', 'bin', 'cpu', /it has no lib\/libtorch_cpu\.so/],
    ['not CUDA', 'variable', 'cuda', /has no libtorch_cuda\.so, but --cuda/],
    ['too old', 'old', 'cpu', /is libtorch 1\.13\.1; 2\.13\.0 or later is needed/],
  ] as const)('LIBTORCH that is %s is an error, not passed over', async (_, name, kind, message) => {
    await onMachine(async ({ folder, env }) => {
      await writeFiles(join(folder, 'old'), torchFiles('1.13.1'));
      const search = { env: { ...env, LIBTORCH: join(folder, name) }, kind, report: listeningReport() };
      await expect(locateLibtorch(search)).rejects.toThrow(message);
    });
  });

  test('a later release than the tested ones is taken with a note', async () => {
    await onMachine(async ({ folder, env }) => {
      await writeFiles(join(folder, 'later'), torchFiles('2.15.0'));
      const report = listeningReport();
      await locateLibtorch({ env: { ...env, LIBTORCH: join(folder, 'later') }, kind: 'cpu', report });
      expect(report.lines[1]).toContain('tested with 2.13.0 and 2.14.1, not with 2.15.0');
    });
  });
});
