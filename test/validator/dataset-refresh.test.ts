import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from '../../src/common/file-lock.js';
import { Log, type RepoId, type Revision } from '../../src/common/index.js';
import { installStaged, openDataset } from '../../src/dataset/index.js';
import type { LocalHub } from '../../src/localnet/index.js';
import { DatasetRefresh } from '../../src/validator/dataset-refresh.js';
import { EvaluationData } from '../../src/validator/evaluation-data.js';
import { flatPng, writeFlatDataset } from '../dataset/dataset-fixture.js';
import { DATASET_TOKEN, publishDataset, startDatasetHub } from '../dataset/dataset-repository.js';
import { tarGz } from '../dataset/tar-fixture.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const CSV = 'image_name,label\na_0.png,Mass\nb_0.png,Edema\n';
const archive = (a: number, b?: number) =>
  tarGz([
    { path: 'images/a_0.png', content: flatPng(a) },
    ...(b === undefined ? [] : [{ path: 'images/b_0.png', content: flatPng(b) }]),
  ]);

describe("the validator's data set, from a private repository", () => {
  let local: LocalHub;
  let repositories = 0;
  beforeAll(async () => {
    local = await startDatasetHub();
  });
  afterAll(() => local.close());

  /** A validator's view of one repository, all in one temporary folder. */
  async function withRefresh(
    body: (o: {
      root: string;
      path: string;
      repo: RepoId;
      data: EvaluationData;
      lines: string[];
      publish: (files: Record<string, Buffer | string>) => Promise<Revision>;
      refresh: (o?: { endpoint?: string; revision?: Revision; link?: RepoId }) => DatasetRefresh;
    }) => Promise<void>,
  ): Promise<void> {
    const opened: DatasetRefresh[] = [];
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const cacheDirectory = join(root, 'cache');
      const repo = `clinic/validation${(repositories += 1)}` as RepoId;
      const lines: string[] = [];
      const log = new Log({ level: 'INFO', write: (line) => lines.push(line) });
      try {
        await body({
          root,
          path,
          repo,
          lines,
          data: new EvaluationData({ path, cacheDirectory }, log),
          publish: async (files) => (await publishDataset(local, files, repo)).revision,
          refresh: ({ endpoint = local.url, ...dataset } = {}) => {
            const hub = { endpoint, token: DATASET_TOKEN };
            const made = new DatasetRefresh({
              dataset: { path, cacheDirectory, link: repo, ...dataset },
              hub,
              log,
            });
            opened.push(made);
            return made;
          },
        });
      } finally {
        for (const one of opened) await one.close();
      }
    });
  }

  test('a new revision is prepared beside the one in use, pixels included, and swapped in between rounds', () =>
    withRefresh(async ({ root, path, data, publish, refresh }) => {
      const first = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const one = refresh();
      await one.provide();
      const before = (await data.open(32)).facts;
      expect(before.images).toBe(2);
      expect(await one.refreshIfMoved(1)).toEqual({
        moved: false,
        revision: first,
      });
      await one.settled();
      const second = await publish({ 'images.tar.gz': archive(7, 8) });
      // In the same epoch the hub is not asked again.
      await one.refreshIfMoved(1);
      await one.settled();
      const turn = (epoch: number) => one.refreshIfMoved(epoch);
      expect(await turn(1)).toEqual({ moved: false, revision: first });
      expect(await turn(2)).toEqual({ moved: false, revision: first });
      await one.settled();
      expect(await readFile(join(path, 'images', 'a_0.png'))).toEqual(flatPng(1));
      expect((await readFile((await data.open(32)).cachePath))[4096]).toBe(1);
      expect(await turn(2)).toEqual({ moved: true, revision: second });
      data.reopen();
      expect(await readFile(join(path, 'images', 'a_0.png'))).toEqual(flatPng(7));
      let decoded = 0;
      await openDataset({
        path,
        imageSize: 32,
        cacheDirectory: join(root, 'cache'),
        onProgress: () => (decoded += 1),
      });
      expect(decoded).toBe(0); // the cache came with it
      const after = await data.open(32);
      expect((await readFile(after.cachePath))[4096]).toBe(7);
      expect(after.facts.digest).not.toBe(before.digest); // same names and labels, other pixels
      expect(await turn(3)).toEqual({ moved: false, revision: second });
      await one.settled();
      expect((await readdir(root)).sort()).toEqual(['.data.lock', 'cache', 'data']);
      // Nobody reads the old version's pixels any more.
      const [version, ...others] = await readdir(join(root, 'cache'));
      expect(others).toEqual([]);
      expect((await readdir(join(root, 'cache', String(version)))).sort()).toEqual([
        'pixels-32.htc',
        'pixels-32.htc.lock.sqlite',
        'pixels-32.json',
      ]);
    }));

  test('a validator that was started again prepares every size that the version in use has', () =>
    withRefresh(async ({ root, path, data, publish, refresh }) => {
      await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const stopped = refresh();
      await stopped.provide();
      for (const size of [32, 64]) await data.open(size);
      await stopped.close();
      const second = await publish({ 'images.tar.gz': archive(7, 8) });
      const one = refresh();
      await one.provide();
      await one.refreshIfMoved(1);
      await one.settled();
      expect(await one.refreshIfMoved(1)).toEqual({ moved: true, revision: second });
      for (const imageSize of [32, 64]) {
        let decoded = 0;
        const onProgress = () => (decoded += 1);
        await openDataset({ path, imageSize, cacheDirectory: join(root, 'cache'), onProgress });
        expect(decoded).toBe(0);
      }
    }));

  test('what a process that was killed after the swap has left is removed by the next start', () =>
    withRefresh(async ({ root, path, repo, data, publish, refresh }) => {
      await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      await refresh().provide();
      await data.open(32);
      const [old] = await readdir(join(root, 'cache'));
      const revision = await publish({ 'images.tar.gz': archive(7, 8) });
      const killed = refresh();
      await killed.provide();
      await killed.refreshIfMoved(1);
      await killed.settled();
      expect(await readdir(join(root, 'cache'))).toHaveLength(2);
      // A start before the swap keeps both.
      await refresh().provide();
      expect(await readdir(join(root, 'cache'))).toHaveLength(2);
      await installStaged({ path, repo, revision });
      await refresh().provide();
      const left = await readdir(join(root, 'cache'));
      expect(left).toHaveLength(1);
      expect(left).not.toContain(old);
      // Whatever else somebody keeps there, such as the folder of all data sets' caches, is not ours to remove.
      await mkdir(join(root, 'cache', '0123456789abcdef'));
      await refresh().provide();
      expect(await readdir(join(root, 'cache'))).toEqual(['0123456789abcdef', ...left]);
    }));

  test('whatever fails, the version in use stays, and the next epoch tries again', () =>
    withRefresh(async ({ root, path, lines, publish, refresh }) => {
      const good = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const one = refresh();
      await one.provide();
      let epoch = 0;
      const attempt = async (warning: RegExp) => {
        lines.length = 0;
        for (const _ of [1, 2]) {
          expect(await one.refreshIfMoved(epoch)).toEqual({
            moved: false,
            revision: good,
          });
          await one.settled();
        }
        epoch += 1;
        expect(lines.join('')).toMatch(warning);
        expect(await readFile(join(path, 'images', 'a_0.png'))).toEqual(flatPng(1));
      };
      await publish({ 'images.tar.gz': tarGz([{ path: '../a_0.png', content: 'x' }]) });
      await attempt(/WARNING.*stays in use.*climbs out.*Tell the owner/);
      await publish({ 'images.tar.gz': archive(3) });
      await attempt(/ERROR.*not taken.*1 of its 2 images are in no archive/);
      await publish({
        'images.tar.gz': tarGz([
          { path: 'a_0.png', content: flatPng(3) },
          { path: 'b_0.png', content: 'x' },
        ]),
      });
      await attempt(/ERROR.*not taken.*1 of its 2 images cannot be read/);
      await publish({ 'Data_Entry.csv': 'image_name,label\n' });
      await attempt(/WARNING.*stays in use.*no rows/);
      // A later start with the hub out of reach goes on with what is there.
      const offline = refresh({ endpoint: 'http://127.0.0.1:9' });
      await offline.provide();
      expect((await readdir(root)).filter((name) => name.startsWith('data.'))).toEqual([
        'data.healthtensor-partial',
      ]);
      const better = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(4, 5) });
      await one.refreshIfMoved(epoch);
      await one.settled();
      expect(await one.refreshIfMoved(epoch)).toEqual({ moved: true, revision: better });
    }));

  test('a pinned revision is fetched and never left', () =>
    withRefresh(async ({ path, publish, refresh }) => {
      const first = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const second = await publish({ 'images.tar.gz': archive(7, 8) });
      await refresh().provide();
      expect(await readFile(join(path, 'images', 'a_0.png'))).toEqual(flatPng(7));
      const pinned = refresh({ revision: first });
      await pinned.provide();
      expect(await readFile(join(path, 'images', 'a_0.png'))).toEqual(flatPng(1));
      for (const epoch of [1, 2]) {
        expect(await pinned.refreshIfMoved(epoch)).toEqual({
          moved: false,
          revision: first,
        });
        await pinned.settled();
      }
      expect(second).not.toBe(first);
    }));

  test('a commit that changes no data moves the revision and nothing else', () =>
    withRefresh(async ({ publish, refresh }) => {
      await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const one = refresh();
      await one.provide();
      const documented = await publish({ 'README.md': 'hello' });
      await one.refreshIfMoved(1);
      await one.settled();
      expect(await one.refreshIfMoved(1)).toEqual({
        moved: false,
        revision: documented,
      });
    }));

  test('two validators that share the folder both notice the swap', () =>
    withRefresh(async ({ publish, refresh }) => {
      await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const [one, other] = [refresh(), refresh()];
      for (const each of [one, other]) await each.provide();
      const second = await publish({ 'images.tar.gz': archive(7, 8) });
      await one.refreshIfMoved(1);
      await one.settled();
      expect(await one.refreshIfMoved(1)).toEqual({
        moved: true,
        revision: second,
      });
      expect(await other.refreshIfMoved(1)).toEqual({
        moved: true,
        revision: second,
      });
    }));

  test('a round does not wait for another process that is at the folder', () =>
    withRefresh(async ({ root, publish, refresh }) => {
      const first = await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const one = refresh();
      await one.provide();
      const second = await publish({ 'images.tar.gz': archive(7, 8) });
      const turn = () => one.refreshIfMoved(1);
      await turn();
      await one.settled();
      const release = tryLock(join(root, '.data.lock'));
      expect(await turn()).toEqual({ moved: false, revision: first });
      release?.();
      expect(await turn()).toEqual({ moved: true, revision: second });
    }));

  test("never touches the operator's own folder, and says what is missing when there is none", () =>
    withRefresh(async ({ root, path, lines, publish, refresh }) => {
      await writeFlatDataset(path, 3);
      await publish({ 'Data_Entry.csv': CSV, 'images.tar.gz': archive(1, 2) });
      const one = refresh();
      await one.provide();
      expect(lines.join('')).toContain('DATASET_LINK is not used');
      expect(await one.refreshIfMoved(1)).toEqual({
        moved: false,
        revision: undefined,
      });
      expect(await readdir(join(path, 'images'))).toHaveLength(3);
      const nothing = new DatasetRefresh({
        dataset: { path: join(root, 'nowhere') },
        hub: { endpoint: local.url, token: undefined },
        log: new Log({ level: 'ERROR', write: () => {} }),
      });
      await expect(nothing.provide()).rejects.toMatchObject({ code: 'DATASET_MISSING' });
      // Somebody's other files are not a data set, and not ours to replace either.
      const thesis = join(root, 'thesis');
      await mkdir(thesis);
      await writeFile(join(thesis, 'thesis.tex'), 'x');
      const elsewhere = new DatasetRefresh({
        dataset: { path: thesis, link: 'clinic/validation1' as RepoId },
        hub: { endpoint: local.url, token: DATASET_TOKEN },
        log: new Log({ level: 'ERROR', write: () => {} }),
      });
      await expect(elsewhere.provide()).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
      expect(await readdir(thesis)).toEqual(['thesis.tex']);
    }));
});
