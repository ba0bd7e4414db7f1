import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RepoId, Revision } from '../../src/common/index.js';
import { downloadDataset, installedDataset } from '../../src/dataset/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { compileSources } from './compiled-sources.js';
import { flatPng } from './dataset-fixture.js';
import { folderHub } from './folder-hub.mjs';
import { tarGz } from './tar-fixture.js';

const REPO = 'clinic/xrays' as RepoId;
const OLD = 'a'.repeat(40) as Revision;
const NEW = 'b'.repeat(40) as Revision;
/** What `b_0.png` is in each revision; `a_0.png` comes in an archive that both share. */
const GRAY: Readonly<Record<string, number>> = { [OLD]: 2, [NEW]: 9 };
/** All of them take half a minute: worth it after a change of the download. */
const EVERY = process.env.HEALTHTENSOR_TEST_KILLS === 'all' ? 1 : 7;

let compiled: string;
beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  await compileSources(compiled);
});
afterAll(() => rm(compiled, { recursive: true, force: true }));

async function writeRepository(root: string): Promise<void> {
  for (const revision of [OLD, NEW]) {
    const folder = join(root, 'repo', revision);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'Data_Entry.csv'), 'image_name,label\na_0.png,Mass\nb_0.png,Edema\n');
    await writeFile(join(folder, 'images_1.tar.gz'), tarGz([{ path: 'a_0.png', content: flatPng(1) }]));
    const second = tarGz([{ path: 'b_0.png', content: flatPng(GRAY[revision] as number) }]);
    await writeFile(join(folder, 'images_2.tar.gz'), second);
  }
}

/** Downloads the new revision in a process that kills itself before its n-th change of the disk; true when it was. */
async function downloadKilledAt(root: string, change: number): Promise<boolean> {
  const script = join(import.meta.dirname, 'killed-download.mjs');
  const child = spawn(process.execPath, [script, compiled, root, REPO, NEW, String(change)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal === null && code !== 0) throw new Error(`the download ended with ${code}`);
  return signal === 'SIGKILL';
}

/** The version at the path is all of one revision. */
async function expectWhole(path: string, revision: string): Promise<void> {
  expect(await readFile(join(path, 'images', 'a_0.png'))).toEqual(flatPng(1));
  expect(await readFile(join(path, 'images', 'b_0.png'))).toEqual(flatPng(GRAY[revision] as number));
  expect((await readdir(join(path, 'images'))).length).toBe(2);
}

test('whenever a process that replaces a data set is killed, one whole version is left, and the next goes on', async () => {
  await inTemporaryFolder(async (base) => {
    await writeRepository(base);
    const hub = folderHub(join(base, 'repo'), NEW);
    await downloadDataset({ hub, repo: REPO, revision: OLD, path: join(base, 'data') });
    const seen = new Set<string>();
    let kills = 0;
    for (let change = 1; ; change += EVERY) {
      const killed = await inTemporaryFolder(async (root) => {
        await cp(base, root, { recursive: true, preserveTimestamps: true });
        const path = join(root, 'data');
        const wasKilled = await downloadKilledAt(root, change);
        const left = await installedDataset({ path, repo: REPO });
        expect([OLD, NEW]).toContain(left?.revision);
        await expectWhole(path, String(left?.revision));
        seen.add(String(left?.revision));
        await downloadDataset({ hub, repo: REPO, path });
        await expectWhole(path, NEW);
        expect((await readdir(root)).sort()).toEqual(['.data.lock', 'data', 'repo']);
        return wasKilled;
      });
      if (!killed) break;
      kills += 1;
    }
    if (EVERY === 1) console.info(`killed before each of ${kills} changes of the disk`);
    expect(kills).toBeGreaterThan(40 / EVERY);
    expect([...seen].sort()).toEqual([OLD, NEW]);
  });
});
