import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listCommits } from '@huggingface/hub';
import { randomBytes } from 'node:crypto';
import { parseRepoId, type RepoId } from '../../src/common/index.js';
import type { HubSettings } from '../../src/hub/index.js';
import type { LocalHub } from '../../src/localnet/index.js';
import { hubOf, MINER_TOKEN, startHub } from './local-hub.js';

let server: LocalHub;
beforeAll(async () => {
  server = await startHub();
});
afterAll(() => server.close());

type Fault = (url: string, init: RequestInit | undefined, send: () => Promise<Response>) => Promise<Response>;

/** A line to the real hub on which a fault may strike. */
const faulty = (fault: Fault): Partial<HubSettings> => ({
  fetch: (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return fault(url, init, () => fetch(input, init));
  },
});

const files = [
  { path: 'config.json', content: new TextEncoder().encode('{}') },
  { path: 'model.safetensors', content: randomBytes(100_000) },
];

async function newRepo(name: string): Promise<RepoId> {
  const repo = parseRepoId(`miner/${name}`) as RepoId;
  await hubOf(server, MINER_TOKEN).ensureModelRepo(repo);
  return repo;
}

async function commits(repo: RepoId): Promise<number> {
  let count = 0;
  const o = { repo: { type: 'model', name: repo }, hubUrl: server.url, accessToken: MINER_TOKEN } as const;
  for await (const _ of listCommits(o)) count++;
  return count;
}

test('a commit whose answer is lost is found, not made twice', async () => {
  const repo = await newRepo('lost-answer');
  const before = await commits(repo);
  let lost = 0;
  const hub = hubOf(
    server,
    MINER_TOKEN,
    faulty(async (url, _, send) => {
      const response = await send();
      if (!url.includes('/commit/') || lost++ > 0) return response;
      await response.arrayBuffer();
      throw new TypeError('fetch failed');
    }),
  );
  const revision = await hub.publish({ repo, files, title: 'Once' });
  expect(lost).toBe(1);
  expect(await hub.head({ type: 'model', repo })).toBe(revision);
  expect(await commits(repo)).toBe(before + 1);
});

test('an answer that makes no sense is the hub misbehaving', async () => {
  const repo = await newRepo('nonsense');
  for (const body of ['{"files":7}', '<html>']) {
    const hub = hubOf(
      server,
      MINER_TOKEN,
      faulty((url, _, send) => (url.includes('/preupload/') ? Promise.resolve(new Response(body)) : send())),
    );
    await expect(hub.publish({ repo, files, title: 'Never' })).rejects.toMatchObject({
      code: 'HUB_MISBEHAVED',
      message: expect.stringContaining(repo),
    });
  }
});

test('an upload that fails twice succeeds the third time', async () => {
  const repo = await newRepo('third-time');
  let uploads = 0;
  const hub = hubOf(
    server,
    MINER_TOKEN,
    faulty((_, init, send) =>
      init?.method === 'PUT' && uploads++ < 2 ? Promise.resolve(new Response('', { status: 503 })) : send(),
    ),
  );
  const revision = await hub.publish({ repo, files, title: 'Third' });
  expect(uploads).toBe(3);
  expect(await hub.head({ type: 'model', repo })).toBe(revision);
});

test('a hub that stays busy is waited for as long as it asks, then given up', async () => {
  const repo = await newRepo('busy');
  const waits: number[] = [];
  const hub = hubOf(server, MINER_TOKEN, {
    ...faulty((url, _, send) =>
      url.includes('/preupload/')
        ? Promise.resolve(new Response('', { status: 429, headers: { 'retry-after': '7' } }))
        : send(),
    ),
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    limits: { attempts: 3 },
  });
  await expect(hub.publish({ repo, files, title: 'Busy' })).rejects.toMatchObject({
    code: 'HUB_UNREACHABLE',
  });
  expect(waits).toEqual([7000, 7000]);
});

test("somebody else's commit in between is not overwritten blindly: the attempt is repeated on top of it", async () => {
  const repo = await newRepo('in-between');
  let intruded = false;
  const parents: unknown[] = [];
  const hub = hubOf(
    server,
    MINER_TOKEN,
    faulty(async (url, init, send) => {
      if (!url.includes('/commit/')) return send();
      const [header] = (init?.body as string).split('\n');
      parents.push((JSON.parse(header ?? '') as { value: { parentCommit: string } }).value.parentCommit);
      if (!intruded) {
        intruded = true;
        const other = [{ path: 'notes.txt', content: new TextEncoder().encode('hello') }];
        await hubOf(server, MINER_TOKEN).publish({ repo, files: other, title: 'Other' });
      }
      return send();
    }),
  );
  const revision = await hub.publish({ repo, files, title: 'Mine' });
  const names = (await hub.listFiles({ type: 'model', repo, revision })).map(({ path }) => path);
  expect(names).toEqual(expect.arrayContaining(['config.json', 'model.safetensors', 'notes.txt']));
  expect(new Set(parents).size).toBe(2);
});

test('a hub that commits other bytes than it was sent is found out', async () => {
  const repo = await newRepo('other-bytes');
  const hub = hubOf(
    server,
    MINER_TOKEN,
    faulty((url, init, send) => {
      if (!url.includes('/commit/')) return send();
      const body = (init?.body as string).replace(
        Buffer.from('{}').toString('base64'),
        Buffer.from('[]').toString('base64'),
      );
      return fetch(url, { ...init, body });
    }),
  );
  await expect(hub.publish({ repo, files, title: 'x' })).rejects.toMatchObject({ code: 'HUB_CONFLICT' });
});

test("an abort ends publishing with the caller's reason", async () => {
  const repo = await newRepo('abort');
  const controller = new AbortController();
  const reason = new Error('enough');
  const hub = hubOf(
    server,
    MINER_TOKEN,
    faulty((_, init, send) => {
      if (init?.method === 'PUT') controller.abort(reason);
      return send();
    }),
  );
  await expect(hub.publish({ repo, files, title: 'x', signal: controller.signal })).rejects.toBe(reason);
});
