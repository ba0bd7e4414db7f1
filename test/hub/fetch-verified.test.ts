import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hubFetch, type Outcome } from './fetching.js';
import {
  entry,
  INFO,
  impatientHub,
  json,
  refuse,
  REPO,
  REVISION,
  serve,
  TOKEN,
  type HostileHub,
} from './hostile-hub.js';
import { startHostileHub, type Misdeed } from './hostile-hub.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const WEIGHTS = randomBytes(300_000);
const CONFIG = Buffer.from('{"a":1}\n');
const FILES = { 'config.json': CONFIG, 'model.safetensors': WEIGHTS };
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const open: HostileHub[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(files: Record<string, Buffer>, misdeed?: Misdeed): Promise<HostileHub> {
  const server = await startHostileHub(files, misdeed);
  open.push(server);
  return server;
}

/** Fetches both files from a server with the misdeed into a fresh folder. */
async function fetchFrom(misdeed: Misdeed, change: Parameters<typeof hubFetch>[2] = {}): Promise<Outcome> {
  const server = await start(FILES, misdeed);
  return inTemporaryFolder((folder) => hubFetch(server, folder, change));
}

/** A text with this in it, wherever a text is expected. */
const containing = (text: string) => expect.stringContaining(text) as unknown;

/** A body that never ends: only a reader that counts gets away from it. */
function flood(response: ServerResponse): void {
  response.writeHead(200);
  const pour = () => response.write(Buffer.alloc(64 * 1024), (error) => (error ? undefined : pour()));
  pour();
}

const isDownload = (url: URL) => url.pathname.endsWith('/model.safetensors');
const isInfo = (url: URL) => url.pathname.includes('/revision/');
const isListing = (url: URL) => url.pathname.includes('/paths-info/');

describe('a sound repository', () => {
  test('is fetched with its hashes, into the folder, with nothing left over', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      const progress: string[] = [];
      const outcome = await hubFetch(server, folder, {
        onProgress: ({ path, bytes, total }) => bytes === total && progress.push(path),
      });
      expect(outcome).toEqual({
        ok: true,
        files: [
          { path: 'config.json', file: join(folder, 'config.json'), size: 8, sha256: sha256(CONFIG) },
          {
            path: 'model.safetensors',
            file: join(folder, 'model.safetensors'),
            size: 300_000,
            sha256: sha256(WEIGHTS),
          },
        ],
      });
      expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
      expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
      expect(new Set(progress)).toEqual(new Set(['config.json', 'model.safetensors']));
    });
  });

  test('costs two questions and no download when the files are there already', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      await hubFetch(server, folder);
      server.heard.length = 0;
      const outcome = await hubFetch(server, folder);
      expect(outcome).toMatchObject({ ok: true, files: [{}, { sha256: sha256(WEIGHTS) }] });
      expect(server.heard).toHaveLength(2);
      expect(server.downloads()).toHaveLength(0);
    });
  });

  test('replaces a file on disk that has other bytes of the same length', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'model.safetensors'), Buffer.alloc(300_000));
      expect(await hubFetch(server, folder)).toMatchObject({ ok: true });
      expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    });
  });

  test('may hold empty files', async () => {
    const server = await start({ 'empty.txt': Buffer.alloc(0) });
    await inTemporaryFolder(async (folder) => {
      const outcome = await hubFetch(server, folder, { files: [{ path: 'empty.txt', maxBytes: 0 }] });
      expect(outcome).toMatchObject({ ok: true, files: [{ size: 0 }] });
      expect(server.downloads()).toHaveLength(0);
    });
  });

  test('may name its files so that a URL needs them encoded', async () => {
    const name = 'a b#c?d%2e%2e.json';
    const server = await start({ [name]: CONFIG });
    await inTemporaryFolder(async (folder) => {
      const outcome = await hubFetch(server, folder, { files: [{ path: name, maxBytes: 100 }] });
      expect(outcome).toMatchObject({ ok: true, files: [{ file: join(folder, name) }] });
      expect(server.downloads()[0]?.url).toContain('a%20b%23c%3Fd%252e%252e.json');
    });
  });
});

describe('what is wrong with the repository is a verdict', () => {
  const verdicts: [string, string, Misdeed][] = [
    ['is missing', 'REPO_UNAVAILABLE', (_, r, url) => isInfo(url) && refuse(r, 404, 'RepoNotFound')],
    ['hides behind 401', 'REPO_UNAVAILABLE', (_, r, url) => isInfo(url) && refuse(r, 401, 'RepoNotFound')],
    [
      'is private though our token may read it',
      'REPO_UNAVAILABLE',
      (_, r, url) => isInfo(url) && json(r, { ...INFO, private: true }),
    ],
    ['is gated', 'REPO_UNAVAILABLE', (_, r, url) => isInfo(url) && json(r, { ...INFO, gated: 'auto' })],
    ['is disabled', 'REPO_UNAVAILABLE', (_, r, url) => isInfo(url) && json(r, { ...INFO, disabled: true })],
    [
      'was renamed',
      'REPO_UNAVAILABLE',
      (_, r, url) => isInfo(url) && json(r, { ...INFO, id: 'miner/other' }),
    ],
    [
      'has no such commit',
      'REVISION_MISSING',
      (_, r, url) => isInfo(url) && refuse(r, 404, 'RevisionNotFound'),
    ],
    [
      'has a branch named like the commit',
      'REVISION_MISSING',
      (_, r, url) => isInfo(url) && json(r, { ...INFO, sha: 'f'.repeat(40) }),
    ],
    [
      'has no such file',
      'FILE_MISSING',
      (_, r, url) => isListing(url) && json(r, [entry('config.json', CONFIG)]),
    ],
    [
      'has a folder of that name',
      'FILE_MISSING',
      (_, r, url) =>
        isListing(url) &&
        json(r, [
          entry('config.json', CONFIG),
          { type: 'directory', path: 'model.safetensors', oid: 'x', size: 0 },
        ]),
    ],
    [
      'loses the file between listing and download',
      'FILE_MISSING',
      (_, r, url) => isDownload(url) && refuse(r, 404, 'EntryNotFound'),
    ],
    [
      'vanishes between listing and download',
      'REPO_UNAVAILABLE',
      (_, r, url) => isDownload(url) && refuse(r, 404, 'RepoNotFound'),
    ],
  ];
  test.each(verdicts)('one that %s: %s', async (_, code, misdeed) => {
    expect(await fetchFrom(misdeed)).toMatchObject({ ok: false, code });
  });

  test.each([400, 408, 422])('a refusal that is not about it, %i, is none', async (status) => {
    const misdeed: Misdeed = (_, r, url) => isInfo(url) && refuse(r, status);
    await expect(fetchFrom(misdeed)).rejects.toMatchObject({ code: 'HUB_MISBEHAVED' });
  });

  test('a private repository without a token: REPO_UNAVAILABLE', async () => {
    const misdeed: Misdeed = (_, r, url) => isInfo(url) && refuse(r, 401);
    expect(await fetchFrom(misdeed, { token: '' })).toMatchObject({ code: 'REPO_UNAVAILABLE' });
  });

  test('a file said to have 5 GB is refused before a byte of any file is downloaded', async () => {
    const big = {
      ...entry('model.safetensors', WEIGHTS),
      size: 130,
      lfs: { oid: 'a'.repeat(64), size: 5e9 },
    };
    const server = await start(
      FILES,
      (_, r, url) => isListing(url) && json(r, [entry('config.json', CONFIG), big]),
    );
    await inTemporaryFolder(async (folder) => {
      const outcome = await hubFetch(server, folder);
      expect(outcome).toMatchObject({ ok: false, code: 'TOO_LARGE' });
      expect(server.downloads()).toHaveLength(0);
      expect(await readdir(folder)).toEqual([]);
    });
  });

  const other = randomBytes(WEIGHTS.length);
  const bytes: [string, Misdeed][] = [
    ['other bytes of the same size', (q, r, url) => isDownload(url) && (serve(q, r, other), true)],
    ['more bytes, as announced', (q, r, url) => isDownload(url) && (serve(q, r, randomBytes(400_000)), true)],
    ['fewer bytes, as announced', (q, r, url) => isDownload(url) && (serve(q, r, randomBytes(5)), true)],
    ['a flood that announces no length', (_, r, url) => isDownload(url) && (flood(r), true)],
    [
      'the file gzipped',
      (_, r, url) =>
        isDownload(url) && (r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(WEIGHTS)), true),
    ],
  ];
  test.each(bytes)('%s: HASH_MISMATCH, and nothing under the good name', async (_, misdeed) => {
    const server = await start(FILES, misdeed);
    await inTemporaryFolder(async (folder) => {
      expect(await hubFetch(server, folder)).toMatchObject({ ok: false, code: 'HASH_MISMATCH' });
      expect(await readdir(folder)).not.toContain('model.safetensors');
    });
  });

  test('other bytes for a file kept in git: HASH_MISMATCH by its git id', async () => {
    const misdeed: Misdeed = (q, r, url) =>
      url.pathname.endsWith('config.json') && (serve(q, r, Buffer.from('{"a":2}\n')), true);
    expect(await fetchFrom(misdeed)).toMatchObject({ ok: false, code: 'HASH_MISMATCH' });
  });
});

describe('time', () => {
  /** A byte every few milliseconds: never idle, never done. */
  const drip: Misdeed = (_, response, url) => {
    if (!isDownload(url)) return false;
    response.writeHead(200, { 'content-length': WEIGHTS.length });
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
    return true;
  };

  test('a byte now and then is slower than the minimum rate: DOWNLOAD_TIMED_OUT', async () => {
    const limits = { minimumBytesPerSecond: 1000, rateWindowMs: 200 };
    const outcome = await fetchFrom(drip, { limits });
    expect(outcome).toMatchObject({
      code: 'DOWNLOAD_TIMED_OUT',
      detail: containing('bytes a second'),
    });
  });

  test('a body that stops is given up: DOWNLOAD_TIMED_OUT', async () => {
    const outcome = await fetchFrom(
      (_, response, url) => {
        if (!isDownload(url)) return false;
        response.writeHead(200, { 'content-length': WEIGHTS.length });
        response.write(WEIGHTS.subarray(0, 1000));
        return true;
      },
      { limits: { idleMs: 300 } },
    );
    expect(outcome).toMatchObject({ code: 'DOWNLOAD_TIMED_OUT' });
  });

  test('the deadline ends a download whatever its rate: DOWNLOAD_TIMED_OUT', async () => {
    expect(await fetchFrom(drip, { deadlineMs: 1500 })).toMatchObject({ code: 'DOWNLOAD_TIMED_OUT' });
  });

  test('a hub that does not answer at all is out of reach, not the miner late', async () => {
    const silent: Misdeed = (_, __, url) => isInfo(url);
    const outcome = fetchFrom(silent, { limits: { headersMs: 300 } });
    await expect(outcome).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  });

  test('a deadline that passes while the hub asks to wait is no verdict', async () => {
    const misdeed: Misdeed = (_, r, url) =>
      isDownload(url) && (r.writeHead(429, { 'retry-after': '60' }).end(), true);
    const wait = async (_: number, signal?: AbortSignal) => {
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      signal?.throwIfAborted();
    };
    const outcome = fetchFrom(misdeed, { deadlineMs: 1500, settings: { wait } });
    await expect(outcome).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: containing('429'),
    });
  });

  test('who has given up before it starts is not sent to the hub', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      const reason = new Error('enough');
      await expect(hubFetch(server, folder, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(server.heard).toHaveLength(0);
    });
  });

  test("an abort ends it with the caller's reason and leaves no file under the good name", async () => {
    const server = await start(FILES, drip);
    await inTemporaryFolder(async (folder) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const onProgress = ({ path }: { path: string }) => {
        if (path === 'model.safetensors') controller.abort(reason);
      };
      const outcome = hubFetch(server, folder, { signal: controller.signal, onProgress });
      await expect(outcome).rejects.toBe(reason);
      expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors.part']);
    });
  });
});

describe('resuming', () => {
  const large = randomBytes(20 * 1024 * 1024);
  const half = large.length / 2;

  test('20 MB cut in the middle go on by Range, and verify', async () => {
    let cuts = 0;
    const server = await start({ 'model.safetensors': large }, (request, response, url) => {
      if (!isDownload(url) || cuts > 0) return false;
      cuts++;
      response.writeHead(200, { 'content-length': large.length });
      response.write(large.subarray(0, half), () => response.destroy());
      return true;
    });
    await inTemporaryFolder(async (folder) => {
      const outcome = await hubFetch(server, folder, {
        files: [{ path: 'model.safetensors', maxBytes: large.length }],
      });
      expect(outcome).toMatchObject({ ok: true, files: [{ sha256: sha256(large) }] });
      const [first, second] = server.downloads();
      expect(first?.headers.range).toBeUndefined();
      expect(Number(/bytes=(\d+)-/.exec(second?.headers.range ?? '')?.[1])).toBeGreaterThan(0);
      expect(server.downloads()).toHaveLength(2);
    });
  });

  test('what an earlier run left is hashed again and continued', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'model.safetensors.part'), WEIGHTS.subarray(0, 123_456));
      expect(await hubFetch(server, folder)).toMatchObject({ ok: true });
      expect(server.downloads().at(-1)?.headers.range).toBe('bytes=123456-');
      expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    });
  });

  test('a rest of another file costs a second download, not the miner its score', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'model.safetensors.part'), randomBytes(1000));
      expect(await hubFetch(server, folder)).toMatchObject({ ok: true });
      expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    });
  });

  test.each([
    ['ignores Range', (request: IncomingMessage) => void delete request.headers.range],
    ['has a rest that is too long', () => undefined],
  ])('a server that %s is served from the start', async (name, change) => {
    const server = await start(FILES, (request) => {
      change(request);
      return false;
    });
    await inTemporaryFolder(async (folder) => {
      const rest = name.startsWith('has') ? randomBytes(300_001) : WEIGHTS.subarray(0, 10);
      await writeFile(join(folder, 'model.safetensors.part'), rest);
      expect(await hubFetch(server, folder)).toMatchObject({ ok: true });
      expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    });
  });

  test("a range that was not asked for is the hub's fault", async () => {
    const server = await start(FILES, (_, response, url) => {
      if (!isDownload(url)) return false;
      response.writeHead(206, { 'content-range': `bytes 5-299999/300000` }).end(WEIGHTS.subarray(5));
      return true;
    });
    await inTemporaryFolder(async (folder) => {
      await expect(hubFetch(server, folder)).rejects.toMatchObject({ code: 'HUB_MISBEHAVED' });
    });
  });

  test('a part that is a symbolic link is not written through', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      const target = join(folder, 'precious');
      await mkdir(join(folder, 'store'));
      await writeFile(target, 'precious');
      await symlink(target, join(folder, 'store', 'model.safetensors.part'));
      await expect(hubFetch(server, join(folder, 'store'))).rejects.toMatchObject({ code: 'ELOOP' });
      expect(await readFile(target, 'utf8')).toBe('precious');
    });
  });
});

describe('what is wrong with the hub or with us is an error', () => {
  const errors: [string, string, Misdeed][] = [
    ['500s without end', 'HUB_UNREACHABLE', (_, r, url) => isInfo(url) && refuse(r, 500)],
    ['503s for the file', 'HUB_UNREACHABLE', (_, r, url) => isDownload(url) && refuse(r, 503)],
    ['cut connections', 'HUB_UNREACHABLE', (_, r, url) => isDownload(url) && (r.destroy(), true)],
    ['a token it does not know', 'HUB_DENIED', (_, r, url) => isInfo(url) && refuse(r, 401)],
    ['no JSON', 'HUB_MISBEHAVED', (_, r, url) => isInfo(url) && (r.end('<html>'), true)],
    [
      'a listing that is none',
      'HUB_MISBEHAVED',
      (_, r, url) => isListing(url) && json(r, { path: 'config.json' }),
    ],
    [
      'a size below zero',
      'HUB_MISBEHAVED',
      (_, r, url) => isListing(url) && json(r, [{ ...entry('config.json', CONFIG), size: -1 }]),
    ],
    [
      'a hash that is a path',
      'HUB_MISBEHAVED',
      (_, r, url) =>
        isListing(url) &&
        json(r, [{ ...entry('model.safetensors', WEIGHTS), lfs: { oid: '../../x', size: 1 } }]),
    ],
    [
      'an answer above the limit',
      'HUB_MISBEHAVED',
      (_, r, url) => isInfo(url) && json(r, { ...INFO, padding: 'x'.repeat(9 << 20) }),
    ],
    [
      'a gzipped answer',
      'HUB_MISBEHAVED',
      (_, r, url) =>
        isInfo(url) &&
        (r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(INFO))), true),
    ],
  ];
  test.each(errors)('%s: %s', async (_, code, misdeed) => {
    await expect(fetchFrom(misdeed)).rejects.toMatchObject({ code });
  });

  test('a dead hub is named with its address and the reason', async () => {
    const server = await startHostileHub(FILES);
    await server.close();
    await inTemporaryFolder(async (folder) => {
      const failure = hubFetch(server, folder);
      await expect(failure).rejects.toMatchObject({
        code: 'HUB_UNREACHABLE',
        remedy: containing('HF_ENDPOINT'),
      });
      await expect(failure).rejects.toThrow(/127\.0\.0\.1.*ECONNREFUSED/);
    });
  });

  test('an answer that drips past its time is out of reach', async () => {
    const dripping: Misdeed = (_, response, url) => {
      if (!isInfo(url)) return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    const outcome = fetchFrom(dripping, { limits: { answerMs: 400 } });
    await expect(outcome).rejects.toMatchObject({ code: 'HUB_UNREACHABLE', tooSlow: true });
  });

  test('a hub that recovers within the attempts goes unnoticed', async () => {
    let failures = 2;
    expect(await fetchFrom((_, r) => failures-- > 0 && refuse(r, 502))).toMatchObject({ ok: true });
  });

  test('too little free disk is said before anything is downloaded', async () => {
    const server = await start(FILES);
    await inTemporaryFolder(async (folder) => {
      const failure = hubFetch(server, folder, { limits: { freeDiskBytes: Number.MAX_SAFE_INTEGER - 1e6 } });
      await expect(failure).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(server.downloads()).toHaveLength(0);
    });
  });

  test('an answer cut off in the middle is asked for again', async () => {
    let cuts = 1;
    const outcome = await fetchFrom((_, response, url) => {
      if (!isInfo(url) || cuts-- === 0) return false;
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"id":', () => response.destroy());
      return true;
    });
    expect(outcome).toMatchObject({ ok: true });
  });

  test.each(['../x', '/etc/x', 'a/../../x', 'a\\b', '', '.git/config', 'a\u0000b', 'a\u202eb'])(
    'a path like %j is never asked for',
    async (path) => {
      const server = await start(FILES);
      await inTemporaryFolder(async (folder) => {
        const failure = hubFetch(server, folder, { files: [{ path, maxBytes: 10 }] });
        await expect(failure).rejects.toMatchObject({ code: 'BAD_PATH' });
        expect(server.heard).toHaveLength(0);
      });
    },
  );
});

test('a private data set of our own is fetched with our token', async () => {
  const info = { id: REPO, sha: REVISION, private: true, gated: false };
  const server = await start(FILES, (request, response, url) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(response, 401);
    if (url.pathname === `/api/datasets/${REPO}/revision/${REVISION}`) return json(response, info);
    if (url.pathname.startsWith('/api/datasets/')) return json(response, [entry('Data_Entry.csv', CONFIG)]);
    return url.pathname.startsWith('/datasets/') && (serve(request, response, CONFIG), true);
  });
  await inTemporaryFolder(async (folder) => {
    const files = [{ path: 'Data_Entry.csv', maxBytes: 100 }];
    const outcome = await impatientHub(server.url).fetchVerified({
      type: 'dataset',
      repo: REPO,
      revision: REVISION,
      files,
      directory: folder,
      deadlineMs: 5000,
    });
    expect(outcome).toMatchObject({ ok: true, files: [{ sha256: sha256(CONFIG) }] });
  });
});
