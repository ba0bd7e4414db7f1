import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoId } from '../../src/common/index.js';
import {
  checkDataset,
  downloadDataset,
  installedDataset,
  installStaged,
  openDataset,
  stageDownload,
} from '../../src/dataset/index.js';
import { Hub } from '../../src/hub/index.js';
import type { LocalHub } from '../../src/localnet/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { flatPng } from './dataset-fixture.js';
import { DATASET_TOKEN, publishDataset, startDatasetHub } from './dataset-repository.js';
import { tarGz } from './tar-fixture.js';

const CSV = 'image_name,label\na_0.png,Mass\na_1.png,No Finding\nb_0.png,Edema\n';
const part1 = tarGz([
  { path: 'images/a_0.png', content: flatPng(10) },
  { path: 'images/a_1.png', content: flatPng(20) },
]);
const part2 = tarGz([{ path: 'images_002/images/b_0.png', content: flatPng(30) }]);

/** What a download leaves, but for its lock. */
const besides = async (folder: string) => (await readdir(folder)).filter((name) => name !== '.data.lock');

describe('downloadDataset, from a hub over HTTP', () => {
  let local: LocalHub;
  let hub: Hub;
  let repositories = 0;
  beforeAll(async () => {
    local = await startDatasetHub();
    hub = new Hub({ endpoint: local.url, token: DATASET_TOKEN });
  });
  afterAll(async () => {
    await hub.close();
    await local.close();
  });

  const publish = (files: Record<string, Buffer | string>, name?: RepoId) =>
    publishDataset(local, files, name ?? (`clinic/xrays${(repositories += 1)}` as RepoId));

  test('fetches, verifies and unpacks a private repository; a second call does nothing', async () => {
    await inTemporaryFolder(async (root) => {
      const { repo, revision } = await publish({
        'Data_Entry.csv': CSV,
        'images_1.tar.gz': part1,
        'images_2.tar.gz': part2,
        'README.md': '#',
      });
      const path = join(root, 'new', 'data');
      const done = new Map<string, number>();
      const first = await downloadDataset({
        hub,
        repo,
        path,
        onProgress: (at) => done.set(`${at.file} of ${at.total}`, at.done),
      });
      expect(first).toEqual({ path, repo, revision, images: 3, created: true });
      expect([...done]).toEqual([
        [`images_1.tar.gz of ${part1.length}`, part1.length],
        [`images_2.tar.gz of ${part2.length}`, part2.length],
      ]);
      expect((await readdir(path)).sort()).toEqual([
        '.healthtensor-archives.json',
        '.healthtensor.json',
        'Data_Entry.csv',
        'images',
      ]);
      expect(await besides(join(root, 'new'))).toEqual(['data']);
      const marker = JSON.parse(await readFile(join(path, '.healthtensor.json'), 'utf8')) as unknown;
      expect(marker).toEqual({
        source: { kind: 'hub', repo, revision },
        counts: { images: 3, entries: 3, archives: 2, missing: 0 },
        content: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      const dataset = await openDataset({ path, imageSize: 32, cacheDirectory: join(root, 'cache') });
      expect(dataset.images.map(({ name }) => name)).toEqual(['a_0.png', 'a_1.png', 'b_0.png']);
      // With the revision pinned, not even the hub is needed.
      const nowhere = new Hub({ endpoint: 'http://127.0.0.1:9' });
      expect(await downloadDataset({ hub: nowhere, repo, revision, path })).toEqual({
        ...first,
        created: false,
      });
      await nowhere.close();
    });
  });

  test('a new revision replaces the old one; a pinned one stays what it was', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const old = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': part1 });
      await downloadDataset({ hub, repo: old.repo, path });
      const next = await publish({ 'images.tar.gz': part2 }, old.repo);
      expect((await downloadDataset({ hub, repo: old.repo, revision: old.revision, path })).created).toBe(
        false,
      );
      expect(await downloadDataset({ hub, repo: old.repo, path })).toMatchObject({
        revision: next.revision,
        images: 1,
      });
      expect(await readdir(join(path, 'images'))).toEqual(['b_0.png']);
      expect(await besides(root)).toEqual(['data']);
    });
  });

  test('fetches only the archives that are new, and nothing when the data is the same', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const { repo } = await publish({ 'Data_Entry.csv': CSV, 'images_1.tar.gz': part1 });
      const fetched = new Set<string>();
      const download = () =>
        downloadDataset({ hub, repo, path, onProgress: ({ file }) => fetched.add(file) });
      await download();
      const before = await stat(join(path, 'images', 'a_0.png'));
      fetched.clear();
      const documented = await publish({ 'README.md': 'what it is' }, repo);
      expect(await download()).toMatchObject({ revision: documented.revision, created: false });
      await publish({ 'images_2.tar.gz': part2 }, repo);
      expect(await download()).toMatchObject({ images: 3, created: true });
      expect([...fetched]).toEqual(['images_2.tar.gz']);
      expect((await stat(join(path, 'images', 'a_0.png'))).ino).toBe(before.ino);
      // An image that is not what was unpacked then is not passed on to the next version.
      await writeFile(join(path, 'images', 'a_1.png'), 'retouched');
      fetched.clear();
      await publish({ 'Data_Entry.csv': CSV.replace('Edema', 'Hernia') }, repo);
      await download();
      expect([...fetched]).toEqual(['images_1.tar.gz']);
      expect(await readFile(join(path, 'images', 'a_1.png'))).toEqual(flatPng(20));
      expect(await readFile(join(path, 'Data_Entry.csv'), 'utf8')).toContain('Hernia');
    });
  });

  test('what a killed process left half done is brought to its end without the hub', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const old = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': part1 });
      const { repo } = old;
      await downloadDataset({ hub, repo, path });
      const next = await publish({ 'images.tar.gz': part2 }, repo);
      const staged = await stageDownload({ hub, repo, path });
      expect(staged).toMatchObject({ created: true, revision: next.revision, missing: 2 });
      expect(await installedDataset({ path, repo })).toMatchObject({ revision: old.revision });
      // Killed after the old one was moved aside.
      const aside = `${path}.0123456789ab.old`;
      await rename(path, aside);
      await rename(`${path}.healthtensor-partial`, join(root, 'elsewhere'));
      expect(await installedDataset({ path, repo })).toMatchObject({ revision: old.revision });
      // Killed there again, with the new one complete; and once more before the old one was deleted.
      await rename(path, aside);
      await rename(join(root, 'elsewhere'), `${path}.healthtensor-partial`);
      await installStaged({ path, repo, revision: next.revision });
      expect(await installedDataset({ path, repo })).toMatchObject({ revision: next.revision, images: 1 });
      expect(await besides(root)).toEqual(['data']);
    });
  });

  test('goes on where an interrupted download stopped', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const { repo } = await publish({
        'Data_Entry.csv': CSV,
        'images_1.tar.gz': part1,
        'images_2.tar.gz': part2,
      });
      const control = new AbortController();
      const reason = new Error('power cut');
      const stopped = downloadDataset({
        hub,
        repo,
        path,
        signal: control.signal,
        onProgress: ({ file }) => {
          if (file === 'images_2.tar.gz') control.abort(reason);
        },
      });
      await expect(stopped).rejects.toBe(reason);
      expect(await besides(root)).toEqual(['data.healthtensor-partial']);
      const fetched = new Set<string>();
      await downloadDataset({ hub, repo, path, onProgress: ({ file }) => fetched.add(file) });
      expect([...fetched]).toEqual(['images_2.tar.gz']);
      expect((await readdir(join(path, 'images'))).sort()).toEqual(['a_0.png', 'a_1.png', 'b_0.png']);
    });
  });

  test('a hostile archive or a useless list leaves nothing at the path', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const refused = async (files: Record<string, Buffer | string>, code: string, message: RegExp) => {
        const { repo } = await publish(files);
        await expect(downloadDataset({ hub, repo, path })).rejects.toMatchObject({
          code,
          message: expect.stringMatching(message),
        });
        expect((await besides(root)).filter((name) => name !== 'data.healthtensor-partial')).toEqual([]);
      };
      const evil = tarGz([{ path: '../evil.png', content: 'x' }]);
      await refused({ 'Data_Entry.csv': CSV, 'images.tar.gz': evil }, 'BAD_ARCHIVE', /climbs out/);
      await refused(
        { 'Data_Entry.csv': CSV, 'images_1.tar.gz': part1, 'images_2.tar.gz': part1 },
        'BAD_ARCHIVE',
        /comes twice/,
      );
      await refused(
        { 'Data_Entry.csv': 'x,y\n', 'images.tar.gz': part1 },
        'DATASET_UNREADABLE',
        /image_name/,
      );
      await refused({ 'images.tar.gz': part1 }, 'DATASET_UNAVAILABLE', /no Data_Entry.csv/);
      await refused({ 'Data_Entry.csv': CSV, 'data/images.zip': 'x' }, 'DATASET_UNAVAILABLE', /no images\*/);
    });
  });

  test("never touches a folder that somebody else filled, and says when a repository can't be had", async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      await mkdir(path);
      await writeFile(join(path, 'thesis.tex'), 'x');
      const { repo } = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': part1 });
      await expect(downloadDataset({ hub, repo, path })).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
      expect(await readdir(path)).toEqual(['thesis.tex']);
      // Nor one whose note of what it is makes no sense.
      for (const note of [
        { source: null, counts: null },
        { source: {}, counts: {}, content: '../../..' },
      ]) {
        await writeFile(join(path, '.healthtensor.json'), JSON.stringify(note));
        await expect(downloadDataset({ hub, repo, path })).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
      }
      await rm(path, { recursive: true });
      const stranger = new Hub({ endpoint: local.url });
      await expect(downloadDataset({ hub: stranger, repo, path })).rejects.toMatchObject({
        code: expect.any(String),
      });
      await stranger.close();
      expect(await besides(root)).toEqual([]);
    });
  });

  test('images that the list does not know are told by the check', async () => {
    await inTemporaryFolder(async (root) => {
      const { repo } = await publish({
        'Data_Entry.csv': 'image_name,label\na_0.png,Mass\nz_0.png,Mass\n',
        'images.tgz': part1,
      });
      const { path } = await downloadDataset({ hub, repo, path: join(root, 'data') });
      const report = await checkDataset({ path });
      expect(report).toMatchObject({ listed: 2, readable: 1, missing: ['z_0.png'], unlisted: 1 });
    });
  });
});
