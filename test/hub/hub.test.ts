import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listCommits } from '@huggingface/hub';
import { parseRepoId, parseRevision, type RepoId, type Revision } from '../../src/common/index.js';
import { Hub } from '../../src/hub/index.js';
import type { LocalHub } from '../../src/localnet/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { hubOf, MINER_TOKEN, READER_TOKEN, startHub, VALIDATOR_TOKEN } from './local-hub.js';

let server: LocalHub;
beforeAll(async () => {
  server = await startHub();
});
afterAll(() => server.close());

const repoId = (name: string) => parseRepoId(`miner/${name}`) as RepoId;
const bytes = (text: string) => new TextEncoder().encode(text);
const weights = randomBytes(500_000);
const sha256 = createHash('sha256').update(weights).digest('hex');

/** A repository with config and weights, of the given visibility. */
async function published(
  name: string,
  wanted: 'public' | 'private' = 'public',
): Promise<{ repo: RepoId; revision: Revision }> {
  const hub = hubOf(server, MINER_TOKEN);
  const repo = repoId(name);
  await hub.ensureModelRepo(repo);
  const files = [
    { path: 'config.json', content: bytes('{}') },
    { path: 'model.safetensors', content: weights },
  ];
  const revision = await hub.publish({ repo, files, title: 'First' });
  if (wanted === 'public') await hub.setVisibility(repo, 'public');
  return { repo, revision };
}

async function titles(repo: RepoId): Promise<string[]> {
  const found: string[] = [];
  const o = { repo: { type: 'model', name: repo }, hubUrl: server.url, accessToken: MINER_TOKEN } as const;
  for await (const { title } of listCommits(o)) found.push(title);
  return found;
}

function fetchBoth(hub: Hub, repo: RepoId, revision: Revision, directory: string) {
  const files = ['config.json', 'model.safetensors'].map((path) => ({ path, maxBytes: 1_000_000 }));
  return hub.fetchVerified({ type: 'model', repo, revision, files, directory, deadlineMs: 20_000 });
}

describe('who we are', () => {
  test('a write token may write, a read token may not', async () => {
    expect(await hubOf(server, MINER_TOKEN).whoAmI()).toEqual({ name: 'miner', canWrite: true });
    expect(await hubOf(server, READER_TOKEN).whoAmI()).toEqual({ name: 'miner', canWrite: false });
  });

  test('no token, and one that the hub does not know, are denied', async () => {
    await expect(hubOf(server, undefined).whoAmI()).rejects.toMatchObject({ code: 'HUB_DENIED' });
    await expect(hubOf(server, 'hf_unknown1234').whoAmI()).rejects.toMatchObject({ code: 'HUB_DENIED' });
  });

  test('a token that cannot be one is refused without being shown', () => {
    expect(() => new Hub({ endpoint: server.url, token: 'secret-password' })).toThrow(
      expect.objectContaining({
        code: 'HUB_DENIED',
        message: expect.not.stringContaining('secret') as unknown,
      }),
    );
  });

  test.each(['', 'huggingface.co', 'ftp://hub', 'https://hub/?x=1'])('%j is no endpoint', (endpoint) => {
    expect(() => new Hub({ endpoint })).toThrow(/HF_ENDPOINT/);
  });

  test('an endpoint with a password in it is refused without showing it', () => {
    expect(() => new Hub({ endpoint: 'https://me:geheim@hub.example' })).toThrow(/^((?!geheim).)*$/);
  });
});

describe("a miner's repository", () => {
  test('is created private, once, and opened and closed', async () => {
    const hub = hubOf(server, MINER_TOKEN);
    const repo = repoId('visibility');
    await hub.ensureModelRepo(repo);
    await hub.ensureModelRepo(repo);
    expect(await hub.visibility(repo)).toBe('private');
    await hub.setVisibility(repo, 'public');
    expect(await hub.visibility(repo)).toBe('public');
    await hub.setVisibility(repo, 'private');
    expect(await hub.visibility(repo)).toBe('private');
  });

  test("may not lie in another's name space, nor be made with a read token", async () => {
    const hub = hubOf(server, MINER_TOKEN);
    const foreign = hub.ensureModelRepo(parseRepoId('validator/model') as RepoId);
    await expect(foreign).rejects.toMatchObject({ code: 'HUB_DENIED' });
    const readOnly = hubOf(server, READER_TOKEN).ensureModelRepo(repoId('readonly'));
    await expect(readOnly).rejects.toMatchObject({ code: 'HUB_DENIED' });
  });

  test('that is missing has no visibility, head or files', async () => {
    const hub = hubOf(server, MINER_TOKEN);
    const repo = repoId('missing');
    const revision = parseRevision('0'.repeat(40)) as Revision;
    await expect(hub.visibility(repo)).rejects.toMatchObject({ code: 'REPO_MISSING' });
    await expect(hub.head({ type: 'model', repo })).rejects.toMatchObject({ code: 'REPO_MISSING' });
    await expect(hub.listFiles({ type: 'model', repo, revision })).rejects.toMatchObject({
      code: 'REPO_MISSING',
    });
    const files = [{ path: 'a', content: bytes('a') }];
    await expect(hub.publish({ repo, files, title: 'x' })).rejects.toMatchObject({ code: 'REPO_MISSING' });
  });
});

describe('publishing', () => {
  test('makes one commit of all files and names it', async () => {
    const { repo, revision } = await published('onecommit');
    const hub = hubOf(server, MINER_TOKEN);
    expect(await hub.head({ type: 'model', repo })).toBe(revision);
    expect((await titles(repo)).slice(0, -1)).toEqual(['First']);
    const files = await hub.listFiles({ type: 'model', repo, revision });
    expect(files).toContainEqual(
      expect.objectContaining({ path: 'model.safetensors', size: 500_000, sha256 }),
    );
    expect(files.find(({ path }) => path === 'config.json')).not.toHaveProperty('sha256');
  });

  test('the same bytes again makes no commit', async () => {
    const { repo, revision } = await published('again');
    const files = [
      { path: 'model.safetensors', content: weights },
      { path: 'config.json', content: bytes('{}') },
    ];
    expect(await hubOf(server, MINER_TOKEN).publish({ repo, files, title: 'Second' })).toBe(revision);
    expect(await titles(repo)).not.toContain('Second');
  });

  test('takes files from disk, and other bytes make another commit', async () => {
    const { repo, revision } = await published('fromdisk');
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, 'weights');
      await writeFile(file, randomBytes(300_000));
      const files = [{ path: 'model.safetensors', content: pathToFileURL(file) }];
      const hub = hubOf(server, MINER_TOKEN);
      const next = await hub.publish({ repo, files, title: 'Second' });
      expect(next).not.toBe(revision);
      const outcome = await fetchBoth(hub, repo, next, join(folder, 'there'));
      expect(outcome).toMatchObject({ ok: true });
      expect(await readFile(join(folder, 'there', 'model.safetensors'))).toHaveLength(300_000);
    });
  });

  test('with a read token is denied', async () => {
    const { repo } = await published('denied');
    const files = [{ path: 'config.json', content: bytes('{"other":1}') }];
    const attempt = hubOf(server, READER_TOKEN).publish({ repo, files, title: 'x' });
    await expect(attempt).rejects.toMatchObject({ code: 'HUB_DENIED' });
  });

  test('a path that leads out of the repository is refused before anything is sent', async () => {
    const files = [{ path: '../x', content: bytes('a') }];
    const attempt = hubOf(server, MINER_TOKEN).publish({ repo: repoId('p'), files, title: 'x' });
    await expect(attempt).rejects.toMatchObject({ code: 'BAD_PATH' });
  });
});

describe('fetching', () => {
  test('brings a public model to disk for anybody', async () => {
    const { repo, revision } = await published('public');
    await inTemporaryFolder(async (folder) => {
      for (const token of [undefined, VALIDATOR_TOKEN]) {
        const directory = join(folder, token ?? 'anybody');
        const outcome = await fetchBoth(hubOf(server, token), repo, revision, directory);
        expect(outcome).toMatchObject({ ok: true, files: [{ size: 2 }, { size: 500_000, sha256 }] });
        expect(weights.equals(await readFile(join(directory, 'model.safetensors')))).toBe(true);
      }
    });
  });

  test('an older commit gives the older bytes', async () => {
    const { repo, revision } = await published('older');
    const hub = hubOf(server, MINER_TOKEN);
    await hub.publish({ repo, files: [{ path: 'config.json', content: bytes('{"new":1}') }], title: 'New' });
    await inTemporaryFolder(async (folder) => {
      await fetchBoth(hub, repo, revision, folder);
      expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('{}');
    });
  });

  test('a private model is a verdict, for strangers and for its owner alike', async () => {
    const { repo, revision } = await published('private', 'private');
    await inTemporaryFolder(async (folder) => {
      for (const token of [undefined, VALIDATOR_TOKEN, MINER_TOKEN]) {
        const outcome = await fetchBoth(hubOf(server, token), repo, revision, folder);
        expect(outcome).toMatchObject({ ok: false, code: 'REPO_UNAVAILABLE' });
      }
    });
  });

  test('a missing repository, commit and file are three verdicts', async () => {
    const { repo, revision } = await published('three');
    const hub = hubOf(server, undefined);
    const other = parseRevision('1'.repeat(40)) as Revision;
    await inTemporaryFolder(async (directory) => {
      expect(await fetchBoth(hub, repoId('nobody'), revision, directory)).toMatchObject({
        code: 'REPO_UNAVAILABLE',
      });
      expect(await fetchBoth(hub, repo, other, directory)).toMatchObject({ code: 'REVISION_MISSING' });
      const files = [{ path: 'none.json', maxBytes: 10 }];
      const o = { type: 'model', repo, revision, files, directory, deadlineMs: 5000 } as const;
      expect(await hub.fetchVerified(o)).toMatchObject({ code: 'FILE_MISSING' });
    });
  });

  test("a token that the hub does not know is our fault, not the miner's", async () => {
    const { repo, revision } = await published('ourfault');
    await inTemporaryFolder(async (folder) => {
      const attempt = fetchBoth(hubOf(server, 'hf_unknown1234'), repo, revision, folder);
      await expect(attempt).rejects.toMatchObject({ code: 'HUB_DENIED' });
    });
  });
});
