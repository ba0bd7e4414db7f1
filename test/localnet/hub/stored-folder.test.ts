import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { startLocalHub } from '../../../src/localnet/hub/index.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { ALICE, call, commitLines, createModel, fileLine, withHub } from './with-hub.js';

const hasGit = spawnSync('git', ['--version']).status === 0;
const withGit = hasGit ? test : test.skip;
const why = hasGit ? '' : ' (skipped: git is not installed)';

async function git(folder: string, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('git', ['-C', folder, ...words], {
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });
  return stdout + stderr;
}

const repoFolder = (directory: string, name = 'xray') =>
  join(directory, 'repos', 'models', 'alice', `${name}.git`);

async function headOf(url: string, name = 'xray', token = ALICE): Promise<string> {
  const response = await call(`${url}/api/models/alice/${name}`, { token });
  return ((await response.json()) as { sha: string }).sha;
}

async function commitOid(response: Response): Promise<string> {
  expect(response.status).toBe(200);
  return ((await response.json()) as { commitOid: string }).commitOid;
}

describe('what the hub keeps on disk', () => {
  withGit(`is a bare repository that git checks, reads and clones${why}`, async () => {
    await inTemporaryFolder((directory) =>
      withHub(
        async (url) => {
          await createModel(url, 'xray', 'private');
          const names = ['a.txt', 'a/b.txt', 'a-b', 'a.b/c', 'ö/ü.txt', 'deep/er/still/x', 'z'];
          const lines = names.filter((name) => name !== 'a.txt').map((name) => fileLine(name, `in ${name}`));
          await commitOid(await commitLines(url, lines));
          await commitOid(await commitLines(url, [{ key: 'deletedFolder', value: { path: 'deep' } }]));
          const head = await commitOid(await commitLines(url, [fileLine('z', 'changed')]));

          const folder = repoFolder(directory);
          const report = await git(folder, 'fsck', '--strict', '--full');
          expect(report).not.toMatch(/error|warning|missing|bad|broken/);
          const log = await git(folder, 'log', '--format=%H %an %ct %s', 'main');
          expect(log.split('\n')[0]).toBe(`${head} alice 1795341600 a commit`);
          expect(log.trim().split('\n')).toHaveLength(4);
          const clone = join(directory, 'clone');
          await git(directory, 'clone', '-q', folder, clone);
          expect(await readFile(join(clone, 'z'), 'utf8')).toBe('changed');
          expect(await readFile(join(clone, 'ö', 'ü.txt'), 'utf8')).toBe('in ö/ü.txt');
          expect((await git(clone, 'status', '--short')).trim()).toBe('');
        },
        { directory, now: () => new Date('2026-11-22T10:00:00Z') },
      ),
    );
  });

  withGit(`takes a commit that git itself pushes into the folder${why}`, async () => {
    await inTemporaryFolder((directory) =>
      withHub(
        async (url) => {
          await createModel(url);
          const clone = join(directory, 'clone');
          await git(directory, 'clone', '-q', repoFolder(directory), clone);
          await writeFile(join(clone, 'pushed.txt'), 'by git');
          await git(clone, 'add', 'pushed.txt');
          await git(clone, '-c', 'user.name=A B', '-c', 'user.email=a@b', 'commit', '-qm', 'Pushed');
          await git(clone, 'push', '-q');
          expect(await (await fetch(`${url}/alice/xray/resolve/main/pushed.txt`)).text()).toBe('by git');
          const commits = await (await fetch(`${url}/api/models/alice/xray/commits/main`)).json();
          expect(commits).toMatchObject([{ title: 'Pushed', authors: [{ user: 'A B' }] }, {}]);
        },
        { directory },
      ),
    );
  });

  test('the same commits at the same time have the same ids', async () => {
    const build = () =>
      withHub(
        async (url) => {
          await createModel(url);
          return commitOid(await commitLines(url, [fileLine('a', 'a')]));
        },
        { now: () => new Date('2026-11-22T10:00:00Z') },
      );
    expect(await build()).toBe(await build());
  });

  test('outlives a restart: commits, visibility and large files', async () => {
    await inTemporaryFolder(async (directory) => {
      const head = await withHub(
        async (url) => {
          await createModel(url, 'xray', 'private');
          return commitOid(await commitLines(url, [fileLine('a', 'kept')]));
        },
        { directory },
      );
      await withHub(
        async (url) => {
          expect(await headOf(url)).toBe(head);
          expect((await call(`${url}/api/models/alice/xray`)).status).toBe(401);
          const file = await call(`${url}/alice/xray/resolve/${head}/a`, { token: ALICE });
          expect(await file.text()).toBe('kept');
        },
        { directory },
      );
    });
  });

  test('is cleared of what a killed process left half done', async () => {
    await inTemporaryFolder(async (directory) => {
      const head = await withHub(
        async (url) => {
          await createModel(url);
          return commitOid(await commitLines(url, [fileLine('a', 'kept')]));
        },
        { directory },
      );
      const folder = repoFolder(directory);
      await writeFile(join(folder, 'refs', 'heads', 'main.lock'), `${'0'.repeat(40)}\n`);
      await writeFile(join(folder, 'objects', 'tmp_obj_0123'), 'half an object');
      await writeFile(join(folder, 'hub.json.0123.tmp'), '{');
      await mkdir(join(directory, 'tmp', 'half-a-repository', 'objects'), { recursive: true });
      await withHub(
        async (url) => {
          expect(await headOf(url)).toBe(head);
          await commitOid(await commitLines(url, [fileLine('b', 'new')], { parentCommit: head }));
        },
        { directory },
      );
      expect(await readdir(join(directory, 'tmp'))).toEqual([]);
      expect(await readdir(join(folder, 'refs', 'heads'))).toEqual(['main']);
    });
  });

  test('is nobody else’s to read, and of one hub at a time', async () => {
    await inTemporaryFolder(async (parent) => {
      const directory = join(parent, 'new', 'hub');
      await withHub(
        async () => {
          expect((await stat(directory)).mode & 0o777).toBe(0o700);
          await expect(startLocalHub({ port: 0, directory })).rejects.toMatchObject({
            code: 'STATE_IN_USE',
          });
        },
        { directory },
      );
      await withHub(() => Promise.resolve(), { directory });
    });
  });

  test('without a folder is temporary and gone after closing', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('healthtensor-hub-'));
    const hub = await startLocalHub({ port: 0 });
    await hub.close();
    await hub.close();
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith('healthtensor-hub-'));
    expect(left.filter((name) => !before.includes(name))).toEqual([]);
  });

  test('a repository whose metadata is damaged is an error of its own, not of the others', async () => {
    await inTemporaryFolder(async (directory) => {
      await withHub(
        async (url) => {
          await createModel(url);
          await createModel(url, 'other');
          await writeFile(join(repoFolder(directory), 'hub.json'), '{"visibility":"public"}');
        },
        { directory },
      );
      await withHub(
        async (url) => {
          expect((await fetch(`${url}/api/models/alice/xray`)).status).toBe(500);
          expect((await fetch(`${url}/api/models/alice/other`)).status).toBe(200);
          expect(await (await fetch(`${url}/api/models`)).json()).toMatchObject([{ id: 'alice/other' }]);
        },
        { directory },
      );
    });
  });

  test('a folder that cannot be written is an error that leaves no lock', async () => {
    await inTemporaryFolder(async (directory) => {
      await writeFile(join(directory, 'repos'), 'a file where a folder must be');
      await expect(startLocalHub({ port: 0, directory })).rejects.toThrow(/EEXIST|ENOTDIR/);
      await rm(join(directory, 'repos'));
      await chmod(directory, 0o700);
      await withHub(() => Promise.resolve(), { directory });
    });
  });
});

describe('changes at the same time', () => {
  test('all land, one after the other, when they name no parent', async () => {
    await withHub(async (url) => {
      await createModel(url);
      const commits = Array.from({ length: 12 }, (_, i) => commitLines(url, [fileLine(`${i}.txt`, `${i}`)]));
      const oids = await Promise.all(commits.map(async (response) => commitOid(await response)));
      expect(new Set(oids).size).toBe(12);
      const log = (await (await fetch(`${url}/api/models/alice/xray/commits/main`)).json()) as {
        id: string;
      }[];
      expect(log.map((each) => each.id).slice(0, 12)).toEqual(expect.arrayContaining(oids));
      const tree = (await (await fetch(`${url}/api/models/alice/xray/tree/main`)).json()) as unknown[];
      expect(tree).toHaveLength(13);
    });
  });

  test('on one parent: exactly one wins, the others learn it', async () => {
    await withHub(async (url) => {
      await createModel(url);
      const parentCommit = await headOf(url);
      const responses = await Promise.all(
        Array.from({ length: 6 }, (_, i) => commitLines(url, [fileLine('a', `${i}`)], { parentCommit })),
      );
      const statuses = responses.map((response) => response.status).sort();
      expect(statuses).toEqual([200, 412, 412, 412, 412, 412]);
    });
  });

  test('of one repository created twice: one 200, one 409', async () => {
    await withHub(async (url) => {
      const create = () =>
        call(`${url}/api/repos/create`, { method: 'POST', token: ALICE, body: { name: 'twice' } });
      const statuses = (await Promise.all([create(), create()])).map((response) => response.status);
      expect(statuses.sort()).toEqual([200, 409]);
    });
  });
});

test('pages of a tree and of a listing lead to all of it, each entry once', async () => {
  await withHub(async (url) => {
    await createModel(url);
    await createModel(url, 'second');
    await createModel(url, 'third', 'private');
    await commitLines(
      url,
      ['b/c', 'b-c', 'a', 'd/e/f'].map((path) => fileLine(path, path)),
    );
    const walk = async (first: string): Promise<Record<string, string>[]> => {
      const all: Record<string, string>[] = [];
      for (let next: string | undefined = first; next !== undefined;) {
        const response: Response = await fetch(next);
        const page = (await response.json()) as Record<string, string>[];
        expect(page.length).toBeLessThanOrEqual(2);
        all.push(...page);
        next = /^<(http:[^>]+)>; rel="next"$/.exec(response.headers.get('Link') ?? '')?.[1];
      }
      return all;
    };
    const tree = await walk(`${url}/api/models/alice/xray/tree/main?recursive=true&limit=2`);
    const expected = ['.gitattributes', 'a', 'b', 'b-c', 'b/c', 'd', 'd/e', 'd/e/f'];
    expect(tree.map((entry) => entry.path)).toEqual(expected);
    const models = await walk(`${url}/api/models?limit=1`);
    expect(models.map((entry) => entry.id)).toEqual(['alice/second', 'alice/xray']);
    const commits = await walk(`${url}/api/models/alice/xray/commits/main?limit=1`);
    expect(commits.map((entry) => entry.title)).toEqual(['a commit', 'initial commit']);
  });
});

test('a taken port and a port that is none are errors that say so', async () => {
  await withHub(async (url) => {
    const port = Number(new URL(url).port);
    await expect(startLocalHub({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
  await expect(startLocalHub({ port: 70_000 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
