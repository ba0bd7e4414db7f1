import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  commit,
  countCommits,
  createBranch,
  createRepo,
  datasetInfo,
  deleteBranch,
  deleteFile,
  deleteRepo,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  listCommits,
  listFiles,
  listModels,
  modelInfo,
  pathsInfo,
  repoExists,
  uploadFiles,
  whoAmI,
} from '@huggingface/hub';
import { startLocalHub, type LocalHub } from '../../../src/localnet/hub/index.js';
import { ALICE, ALICE_READ, BOB, call } from './with-hub.js';

type PublishExtra = Pick<
  Parameters<typeof uploadFiles>[0],
  'repo' | 'files' | 'parentCommit' | 'commitTitle' | 'fetch' | 'accessToken'
>;

/** The unmodified @huggingface/hub against the local hub. */
describe('with the official JavaScript client', () => {
  let hub: LocalHub;
  let hubUrl: string;
  beforeAll(async () => {
    hub = await startLocalHub({
      port: 0,
      tokens: [
        { token: ALICE, user: 'alice', role: 'write', orgs: ['clinic'] },
        { token: ALICE_READ, user: 'alice', role: 'read' },
        { token: BOB, user: 'bob', role: 'write' },
      ],
    });
    hubUrl = hub.url;
  });
  afterAll(() => hub.close());

  const model = (name: string) => ({ type: 'model' as const, name });
  const weights = randomBytes(300_000);
  const publish = (name: string, extra: Partial<PublishExtra> = {}) =>
    uploadFiles({
      hubUrl,
      accessToken: ALICE,
      repo: model(name),
      commitTitle: 'publish a model',
      files: [
        { path: 'config.json', content: new Blob(['{"architecture":"cnn"}']) },
        { path: 'README.md', content: new Blob(['---\nlicense: mit\ntags: [xray]\n---\n# Model\n']) },
        { path: 'model.safetensors', content: new Blob([weights]) },
      ],
      ...extra,
    });
  const statusOf = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'no error',
      (error: { statusCode?: number }) => error.statusCode ?? error,
    );
  const setVisibility = (name: string, visibility: string, token: string) =>
    call(`${hubUrl}/api/models/${name}/settings`, { method: 'PUT', token, body: { visibility } });

  test('it tells who holds a token and with which role', async () => {
    const alice = await whoAmI({ hubUrl, accessToken: ALICE_READ });
    expect(alice).toMatchObject({ type: 'user', name: 'alice', auth: { accessToken: { role: 'read' } } });
    expect(await statusOf(whoAmI({ hubUrl, accessToken: 'hf_nobodyHasThis' }))).toBe(401);
  });

  test('a model is created private, published in one commit, read at that commit, made public', async () => {
    const repo = model('alice/xray');
    const created = await createRepo({ hubUrl, accessToken: ALICE, repo, visibility: 'private' });
    expect(created).toEqual({ repoUrl: `${hubUrl}/alice/xray`, id: 'alice/xray' });
    const published = await publish('alice/xray');
    const revision = published?.commit.oid ?? '';
    expect(revision).toMatch(/^[0-9a-f]{40}$/);
    expect(published?.commit.url).toBe(`${hubUrl}/alice/xray/commit/${revision}`);

    const info = await modelInfo({
      hubUrl,
      accessToken: ALICE,
      name: 'alice/xray',
      revision,
      additionalFields: ['sha', 'tags', 'author', 'filePaths', 'cardData'],
    });
    expect(info).toMatchObject({
      name: 'alice/xray',
      private: true,
      gated: false,
      sha: revision,
      author: 'alice',
      tags: ['xray', 'license:mit'],
      cardData: { license: 'mit' },
    });
    expect(info.filePaths).toEqual(['.gitattributes', 'README.md', 'config.json', 'model.safetensors']);

    const files = new Map<string, { size: number; sha256?: string | undefined }>();
    for await (const file of listFiles({ hubUrl, accessToken: ALICE, repo, revision, recursive: true })) {
      files.set(file.path, { size: file.size, sha256: file.lfs?.oid });
    }
    expect(files.get('config.json')).toEqual({ size: 22, sha256: undefined });
    expect(files.get('model.safetensors')?.size).toBe(weights.length);
    expect(files.get('model.safetensors')?.sha256).toMatch(/^[0-9a-f]{64}$/);

    // Hidden from others, with the statuses that do not tell that it exists.
    expect(await statusOf(modelInfo({ hubUrl, name: 'alice/xray', revision }))).toBe(401);
    expect(await statusOf(modelInfo({ hubUrl, name: 'alice/xray', revision, accessToken: BOB }))).toBe(404);
    expect(await repoExists({ hubUrl, repo, accessToken: BOB })).toBe(false);
    const stranger = downloadFile({ hubUrl, repo, revision, path: 'model.safetensors', accessToken: BOB });
    expect(await statusOf(stranger)).toBe(404);

    expect((await setVisibility('alice/xray', 'public', ALICE)).status).toBe(200);
    expect((await modelInfo({ hubUrl, name: 'alice/xray' })).private).toBe(false);
    const blob = await downloadFile({ hubUrl, repo, revision, path: 'model.safetensors' });
    expect(Buffer.from(await blob!.arrayBuffer()).equals(weights)).toBe(true);
    const small = await downloadFile({ hubUrl, repo, revision, path: 'config.json' });
    expect(await small!.text()).toBe('{"architecture":"cnn"}');
    expect(await downloadFile({ hubUrl, repo, revision, path: 'missing.json' })).toBeNull();
  });

  test('a slice of a download is a range request for just these bytes', async () => {
    const repo = model('alice/ranges');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    await publish(repo.name);
    const ranges: string[] = [];
    const watching: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      ranges.push(`${response.status} ${response.headers.get('Content-Range') ?? ''}`);
      return response;
    };
    const blob = await downloadFile({ hubUrl, repo, path: 'model.safetensors', fetch: watching });
    const part = await blob!.slice(1000, 1010).arrayBuffer();
    expect(Buffer.from(part).equals(weights.subarray(1000, 1010))).toBe(true);
    expect(ranges).toEqual([`206 bytes 0-0/${weights.length}`, `206 bytes 1000-1009/${weights.length}`]);
  });

  test('an empty file can be committed and downloaded', async () => {
    const repo = model('alice/empty');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    await publish(repo.name, { files: [{ path: 'empty.bin', content: new Blob([]) }] });
    expect((await downloadFile({ hubUrl, repo, path: 'empty.bin' }))?.size).toBe(0);
  });

  test('the pointer of a large file is what raw gives', async () => {
    const repo = model('alice/pointer');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    await publish(repo.name);
    const pointer = await downloadFile({ hubUrl, repo, path: 'model.safetensors', raw: true });
    expect(await pointer!.text()).toMatch(/^version .*\noid sha256:[0-9a-f]{64}\nsize 300000\n$/);
    expect(await fileExists({ hubUrl, repo, path: 'model.safetensors' })).toBe(true);
    expect(await fileExists({ hubUrl, repo, path: 'other.safetensors' })).toBe(false);
    const info = await fileDownloadInfo({ hubUrl, repo, path: 'model.safetensors' });
    expect(info?.etag).toMatch(/^"[0-9a-f]{64}"$/);
  });

  test('a commit on a parent that is no longer the head is refused and changes nothing', async () => {
    const repo = model('alice/race');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    const first = await publish(repo.name);
    const second = await publish(repo.name, {
      files: [{ path: 'a.txt', content: new Blob(['2']) }],
      parentCommit: first!.commit.oid,
    });
    const stale = publish(repo.name, {
      files: [{ path: 'a.txt', content: new Blob(['3']) }],
      parentCommit: first!.commit.oid,
    });
    expect(await statusOf(stale)).toBe(412);
    const { sha } = await modelInfo({ hubUrl, name: repo.name, additionalFields: ['sha'] });
    expect(sha).toBe(second!.commit.oid);
  });

  test('the same content again is uploaded no second time, and its files keep their ids', async () => {
    const repo = model('alice/again');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    const idsAt = async (revision: string) => {
      const ids: string[] = [];
      for await (const file of listFiles({ hubUrl, repo, revision })) ids.push(`${file.path} ${file.oid}`);
      return ids;
    };
    const first = await publish(repo.name);
    const requests: string[] = [];
    const watching: typeof fetch = (input, init) => {
      requests.push(`${init?.method ?? 'GET'} ${input instanceof Request ? input.url : String(input)}`);
      return fetch(input, init);
    };
    const second = await publish(repo.name, { fetch: watching });
    expect(second!.commit.oid).not.toBe(first!.commit.oid);
    expect(requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
    expect(await idsAt(second!.commit.oid)).toEqual(await idsAt(first!.commit.oid));
  });

  test('who may only read, and who is a stranger, cannot write', async () => {
    const repo = model('alice/guarded');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    for (const accessToken of [ALICE_READ, BOB]) {
      expect(await statusOf(publish(repo.name, { accessToken }))).toBe(403);
      expect(await statusOf(deleteRepo({ hubUrl, accessToken, repo }))).toBe(403);
      expect((await setVisibility(repo.name, 'private', accessToken)).status).toBe(403);
    }
    const other = createRepo({ hubUrl, accessToken: BOB, repo: model('alice/from-bob') });
    expect(await statusOf(other)).toBe(403);
    expect(await statusOf(publish(repo.name, { accessToken: 'hf_wrong' }))).toBe(401);
    expect(await statusOf(publish('alice/not-there'))).toBe(404);
  });

  test('a repository exists once, is listed to those who may see it, and is gone after deletion', async () => {
    const repo = model('clinic/shared');
    await createRepo({ hubUrl, accessToken: ALICE, repo, visibility: 'private', license: 'mit' });
    expect(await statusOf(createRepo({ hubUrl, accessToken: ALICE, repo }))).toBe(409);
    const listed = async (accessToken?: string) => {
      const names: string[] = [];
      const search = { owner: 'clinic', tags: ['license:mit'] };
      for await (const entry of listModels({ hubUrl, search, ...(accessToken ? { accessToken } : {}) })) {
        names.push(entry.name);
      }
      return names;
    };
    expect(await listed(ALICE)).toEqual(['clinic/shared']);
    expect(await listed(BOB)).toEqual([]);
    expect(await listed()).toEqual([]);
    await deleteRepo({ hubUrl, accessToken: ALICE, repo });
    expect(await repoExists({ hubUrl, repo, accessToken: ALICE })).toBe(false);
    expect(await listed(ALICE)).toEqual([]);
  });

  test('history, paths, branches and deletions read back as they were written', async () => {
    const repo = model('alice/history');
    await createRepo({ hubUrl, accessToken: ALICE, repo });
    await publish(repo.name, {
      files: [{ path: 'deep/er/a.txt', content: new Blob(['a']) }],
      commitTitle: 'one',
    });
    await createBranch({ hubUrl, accessToken: ALICE, repo, branch: 'side' });
    await commit({
      hubUrl,
      accessToken: ALICE,
      repo,
      branch: 'side',
      title: 'two',
      description: 'why\nit was done',
      operations: [{ operation: 'addOrUpdate', path: 'b.txt', content: new Blob(['b']) }],
    });
    await deleteFile({ hubUrl, accessToken: ALICE, repo, branch: 'side', path: 'deep/er/a.txt' });

    const commits: { title: string; message: string }[] = [];
    for await (const each of listCommits({ hubUrl, repo, revision: 'side', batchSize: 2 }))
      commits.push(each);
    expect(commits.map((each) => each.title).slice(1)).toEqual(['two', 'one', 'initial commit']);
    expect(commits[1]?.message).toBe('why\nit was done');
    expect(await countCommits({ hubUrl, repo, revision: 'side' })).toBe(4);
    expect(await countCommits({ hubUrl, repo })).toBe(2);

    const paths = ['deep', 'deep/er/a.txt', 'b.txt', '../b.txt'];
    const info = await pathsInfo({ hubUrl, repo, paths, expand: true });
    expect(info.map((each) => `${each.type} ${each.path} ${each.lastCommit.title}`)).toEqual([
      'directory deep one',
      'file deep/er/a.txt one',
    ]);
    await deleteBranch({ hubUrl, accessToken: ALICE, repo, branch: 'side' });
    expect(await statusOf(modelInfo({ hubUrl, name: repo.name, revision: 'side' }))).toBe(404);
  });

  test('a private dataset of an archive and a table is read back with a token', async () => {
    const repo = { type: 'dataset' as const, name: 'clinic/xrays' };
    await createRepo({ hubUrl, accessToken: ALICE, repo, visibility: 'private' });
    const archive = randomBytes(50_000);
    await publish('unused', {
      repo,
      files: [
        { path: 'images_001.tar.gz', content: new Blob([archive]) },
        { path: 'Data_Entry.csv', content: new Blob(['image_name,label\n']) },
      ],
    });
    expect((await datasetInfo({ hubUrl, name: repo.name, accessToken: ALICE })).private).toBe(true);
    const blob = await downloadFile({ hubUrl, repo, path: 'images_001.tar.gz', accessToken: ALICE });
    expect(Buffer.from(await blob!.arrayBuffer()).equals(archive)).toBe(true);
  });
});
