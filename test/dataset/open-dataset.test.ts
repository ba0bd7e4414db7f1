import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tryLock } from '../../src/common/file-lock.js';
import { FINDINGS } from '../../src/common/findings.js';
import { openDataset } from '../../src/dataset/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { compileSources } from './compiled-sources.js';
import { flatPng, writeDataset, writeFlatDataset } from './dataset-fixture.js';

const BUILT = ['pixels-32.htc', 'pixels-32.htc.lock.sqlite', 'pixels-32.json'];

const bit = (finding: (typeof FINDINGS)[number]) => 1 << FINDINGS.indexOf(finding);
const inFolders = (body: (path: string, cacheDirectory: string) => Promise<void>) =>
  inTemporaryFolder((root) => body(join(root, 'data'), join(root, 'cache')));

/** Opens and says how many images had to be decoded for it. */
async function openCounting(path: string, cacheDirectory: string, imageSize = 32) {
  let decoded = 0;
  const dataset = await openDataset({
    path,
    imageSize,
    cacheDirectory,
    onProgress: ({ done }) => (decoded = done),
  });
  return { dataset, decoded };
}

describe('openDataset', () => {
  test('writes the pixel cache byte for byte as documented', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeDataset(
        path,
        'image_name,label\nb_0.png,Mass|Atelectasis\na_0.jpg,No Finding\na_1.png,Pneumothorax\n',
        {
          'b_0.png': 7,
          'a_0.jpg': 90, // the name says JPEG, the bytes are PNG: the bytes decide
          'a_1.png': 255,
        },
      );
      const { dataset } = await openCounting(path, cacheDirectory, 64);
      expect(dataset.cachePath).toBe(join(cacheDirectory, 'pixels-64.htc'));
      const bytes = await readFile(dataset.cachePath);
      expect(bytes.length).toBe(4096 + 3 * 64 * 64 + 2 * 3);
      expect(bytes.toString('latin1', 0, 8)).toBe('HTPIXEL1');
      expect([8, 12, 16, 20].map((at) => bytes.readUInt32LE(at))).toEqual([1, 64, 1, 14]);
      expect(bytes.readBigUInt64LE(24)).toBe(3n);
      expect(bytes.toString('hex', 32, 64)).toBe(dataset.fingerprint);
      expect(bytes.subarray(96, 4096).every((byte) => byte === 0)).toBe(true);
      for (const [row, value] of [7, 90, 255].entries()) {
        expect(
          bytes.subarray(4096 + row * 4096, 4096 + (row + 1) * 4096).every((byte) => byte === value),
        ).toBe(true);
      }
      const labels = [bit('Mass') | bit('Atelectasis'), 0, bit('Pneumothorax')];
      expect([0, 1, 2].map((row) => bytes.readUInt16LE(4096 + 3 * 4096 + 2 * row))).toEqual(labels);
      expect(dataset.images).toEqual([
        { name: 'b_0.png', patient: 'b', labels: labels[0] },
        { name: 'a_0.jpg', patient: 'a', labels: labels[1] },
        { name: 'a_1.png', patient: 'a', labels: labels[2] },
      ]);
    });
  });

  test('reports missing and unreadable images and bad rows, and leaves them out of the rows', async () => {
    await inFolders(async (path, cacheDirectory) => {
      const csv =
        'image_name,label\na_0.png,Mass\ngone_0.png,Mass\nbad_0.png,Mass\nb_0.png,Rash\nc_0.png,Edema\n';
      await writeDataset(path, csv, { 'a_0.png': 1, 'bad_0.png': flatPng(3).subarray(0, 50), 'c_0.png': 5 });
      for (const decoded of [3, 0]) {
        const opened = await openCounting(path, cacheDirectory);
        expect(opened.decoded).toBe(decoded);
        expect(opened.dataset.images.map(({ name }) => name)).toEqual(['a_0.png', 'c_0.png']);
        expect(opened.dataset.problems).toEqual({
          missing: ['gone_0.png'],
          unreadable: [{ name: 'bad_0.png', reason: expect.any(String) }],
          badRows: [{ line: 5, reason: expect.stringContaining('Rash') }],
        });
      }
      const bytes = await readFile(join(cacheDirectory, 'pixels-32.htc'));
      expect([bytes[4096], bytes[4096 + 1024]]).toEqual([1, 5]);
    });
  });

  test('builds again when an image, its time, the CSV or the size changes, and only then', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 9);
      expect((await openCounting(path, cacheDirectory)).decoded).toBe(9);
      expect((await openCounting(path, cacheDirectory)).decoded).toBe(0);
      await writeFile(join(path, 'images', '00000001_001.png'), flatPng(200, 41));
      const changed = await openCounting(path, cacheDirectory);
      expect(changed.decoded).toBe(9);
      expect((await readFile(changed.dataset.cachePath))[4096 + 4 * 1024]).toBe(200);
      await utimes(join(path, 'images', '00000001_001.png'), 1_000_000, 1_000_000);
      expect((await openCounting(path, cacheDirectory)).decoded).toBe(9);
      const csv = await readFile(join(path, 'Data_Entry.csv'), 'utf8');
      await writeFile(join(path, 'Data_Entry.csv'), csv.replace('Mass|Nodule', 'Edema|Nodule'));
      const relabelled = await openCounting(path, cacheDirectory);
      expect(relabelled.decoded).toBe(9);
      expect(relabelled.dataset.images[1]?.labels).toBe(bit('Edema') | bit('Nodule'));
      expect((await openCounting(path, cacheDirectory, 64)).decoded).toBe(9);
      expect((await openCounting(path, cacheDirectory)).decoded).toBe(0); // both sizes stand side by side
    });
  });

  test('has the same fingerprint where the files were copied to, and another one when a label or picture is', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 6);
      const fingerprint = async (folder: string) =>
        (
          await openDataset({
            path: folder,
            imageSize: 32,
            cacheDirectory: `${cacheDirectory}${folder.length}`,
          })
        ).fingerprint;
      const first = await fingerprint(path);
      const copy = `${path}-copy`;
      await cp(path, copy, { recursive: true });
      const image = join(copy, 'images', '00000000_001.png');
      await utimes(image, 1_000_000, 1_000_000);
      expect(await fingerprint(copy)).toBe(first);
      await writeFile(image, flatPng(200));
      const retouched = await fingerprint(copy);
      const csv = await readFile(join(copy, 'Data_Entry.csv'), 'utf8');
      await writeFile(join(copy, 'Data_Entry.csv'), csv.replace('Mass|Nodule', 'Edema'));
      expect(new Set([first, retouched, await fingerprint(copy)]).size).toBe(3);
    });
  });

  test('an image that cannot be read at the moment is read the next time', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 12);
      const image = join(path, 'images', '00000003_002.png');
      const hidden = join(path, 'hidden');
      const first = await openDataset({
        path,
        imageSize: 32,
        cacheDirectory,
        onProgress: ({ done }) => void (done === 1 && renameSync(image, hidden)),
      });
      expect(first.images).toHaveLength(11);
      expect(first.problems.unreadable).toMatchObject([{ name: '00000003_002.png' }]);
      renameSync(hidden, image); // with its size and time, so that nothing seems to have changed
      const { dataset, decoded } = await openCounting(path, cacheDirectory);
      expect(decoded).toBe(12);
      expect(dataset.images).toHaveLength(12);
      expect(dataset.fingerprint).not.toBe(first.fingerprint); // other rows
    });
  });

  test('a cache folder that may not be written to is named with the remedy', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 3);
      await mkdir(cacheDirectory, { mode: 0o555 });
      const asRoot = process.geteuid?.() === 0;
      if (asRoot) {
        await chmod(dirname(path), 0o755);
        process.seteuid?.(65_534); // root may write everywhere
      }
      try {
        await expect(openDataset({ path, imageSize: 32, cacheDirectory })).rejects.toMatchObject({
          code: 'CACHE_UNWRITABLE',
          message: expect.stringContaining(cacheDirectory),
          remedy: expect.stringContaining('XDG_CACHE_HOME'),
        });
      } finally {
        if (asRoot) process.seteuid?.(0);
      }
    });
  });

  test('builds again when the cache or its sidecar is cut short, damaged or gone', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 3);
      const { dataset } = await openCounting(path, cacheDirectory);
      const good = await readFile(dataset.cachePath);
      const sidecar = join(cacheDirectory, 'pixels-32.json');
      const damages: (() => Promise<void>)[] = [
        () => truncate(dataset.cachePath, good.length - 1),
        () => writeFile(dataset.cachePath, 'HTPIXEL2'),
        () => rm(dataset.cachePath),
        () => writeFile(sidecar, '{"version":1,'),
        () => writeFile(sidecar, 'null'),
        () => rm(sidecar),
        async () => {
          const { images, ...rest } = JSON.parse(await readFile(sidecar, 'utf8')) as { images: object[] };
          await writeFile(sidecar, JSON.stringify({ ...rest, images: images.map(() => null) }));
        },
      ];
      for (const damage of damages) {
        await damage();
        expect((await openCounting(path, cacheDirectory)).decoded).toBe(3);
        expect((await readFile(dataset.cachePath)).equals(good)).toBe(true);
      }
    });
  });

  test('an unusable data set or size is one clear error', async () => {
    await inFolders(async (path, cacheDirectory) => {
      const open = (imageSize = 32) => openDataset({ path, imageSize, cacheDirectory });
      await expect(open()).rejects.toMatchObject({
        code: 'DATASET_MISSING',
        remedy: expect.stringContaining('--dataset.path'),
      });
      await expect(open(100)).rejects.toMatchObject({ code: 'BAD_OPTION' });
      await writeDataset(path, 'image_name,label\na_0.png,Mass\n', {});
      await expect(open()).rejects.toMatchObject({
        code: 'DATASET_EMPTY',
        remedy: expect.stringContaining('a_0.png'),
      });
      await writeFile(join(path, 'images', 'a_0.png'), 'not an image');
      await expect(open()).rejects.toMatchObject({
        code: 'DATASET_EMPTY',
        message: expect.stringContaining('neither PNG'),
      });
      await rm(join(path, 'images'), { recursive: true });
      await expect(open()).rejects.toMatchObject({
        code: 'DATASET_MISSING',
        message: expect.stringContaining('images'),
      });
      expect(await readdir(cacheDirectory)).toEqual(['pixels-32.htc.lock.sqlite']);
      await writeFlatDataset(path, 1);
      await rm(cacheDirectory, { recursive: true, force: true });
      await writeFile(cacheDirectory, 'a file where the folder should be');
      await expect(open()).rejects.toMatchObject({
        code: 'CACHE_UNWRITABLE',
        remedy: expect.stringContaining('XDG_CACHE_HOME'),
      });
    });
  });
});

describe('openDataset in several processes', () => {
  let compiled: string;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
    await compileSources(compiled);
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(compiled, { recursive: true, force: true });
  });

  /** Opens the data set in a process of its own, which stops for ever after `stopAt` images. */
  function opener(path: string, cacheDirectory: string, stopAt: number) {
    const script = `
      import { openDataset } from ${JSON.stringify(join(compiled, 'src/dataset/open-dataset.js'))};
      let decoded = 0;
      const { images } = await openDataset({ path: process.argv[1], cacheDirectory: process.argv[2], imageSize: 32,
        onProgress: ({ done }) => {
          decoded = done;
          if (done !== ${stopAt}) return;
          require('node:fs').writeSync(1, 'stopped');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        } });
      console.log(JSON.stringify({ images: images.length, decoded }));`;
    const preamble =
      "import { createRequire } from 'node:module'; const require = createRequire(process.execPath);";
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', preamble + script, path, cacheDirectory],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.add(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    return { child, output: () => output };
  }

  test('a build killed in the middle leaves no broken cache and hinders nobody', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 60);
      const { child, output } = opener(path, cacheDirectory, 20);
      await once(child.stdout, 'data');
      expect(output()).toBe('stopped');
      child.kill('SIGKILL');
      await once(child, 'close');
      const left = await readdir(cacheDirectory);
      expect(left.filter((name) => name.endsWith('.htc') || name.endsWith('.json'))).toEqual([]);
      expect(left).toContain('pixels-32.htc.lock.sqlite');
      const temporary = left.find((name) => name.endsWith('.tmp')) as string;
      await utimes(join(cacheDirectory, temporary), 1_000_000, 1_000_000);
      expect((await openCounting(path, cacheDirectory)).decoded).toBe(60);
      expect((await readdir(cacheDirectory)).sort()).toEqual(BUILT);
    });
  });

  test('two processes that open at once decode once and see the same rows', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 90);
      const both = [opener(path, cacheDirectory, -1), opener(path, cacheDirectory, -1)];
      await Promise.all(both.map(({ child }) => once(child, 'close')));
      const results = both.map(({ output }) => JSON.parse(output()) as { images: number; decoded: number });
      expect(results.map(({ images }) => images)).toEqual([90, 90]);
      expect(results.map(({ decoded }) => decoded).sort()).toEqual([0, 90]);
      expect((await readdir(cacheDirectory)).sort()).toEqual(BUILT);
    });
  });

  test('a waiter can be stopped while another process holds the lock', async () => {
    await inFolders(async (path, cacheDirectory) => {
      await writeFlatDataset(path, 3);
      const first = await openDataset({ path, imageSize: 32, cacheDirectory });
      await rm(first.cachePath);
      const release = tryLock(`${first.cachePath}.lock.sqlite`);
      const reason = new Error('no patience');
      const control = new AbortController();
      const log = { info: () => control.abort(reason), warning: () => {} };
      const opening = openDataset({
        path,
        imageSize: 32,
        cacheDirectory,
        signal: control.signal,
        log: log as never,
      });
      await expect(opening).rejects.toBe(reason);
      release?.();
    });
  });
});
