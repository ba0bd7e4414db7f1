import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startLocalHub, type LocalHub } from '../../../src/localnet/hub/index.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { ALICE, ALICE_READ, BOB, call, commitLines, createModel, fileLine, withHub } from './with-hub.js';

let hub: LocalHub;
let now = new Date('2026-11-22T10:00:00Z');

beforeAll(async () => {
  hub = await startLocalHub({
    port: 0,
    tokens: [
      { token: ALICE, user: 'alice', role: 'write' },
      { token: BOB, user: 'bob', role: 'write' },
    ],
    now: () => now,
  });
  await createModel(hub.url);
});
afterAll(() => hub.close());
beforeEach(() => {
  now = new Date('2026-11-22T10:00:00Z');
});

/** Sends a path as it stands: fetch would normalise the dots away. */
function rawStatus(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<number> {
  const { port } = new URL(hub.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent: false,
        headers: { Authorization: `Bearer ${ALICE}`, ...headers },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function uploadUrl(object: { oid: string; size: number }, name = 'xray'): Promise<string> {
  const response = await call(`${hub.url}/alice/${name}.git/info/lfs/objects/batch`, {
    method: 'POST',
    token: ALICE,
    body: { operation: 'upload', transfers: ['basic'], objects: [object] },
  });
  const { objects } = (await response.json()) as { objects: { actions: { upload: { href: string } } }[] };
  return objects[0]?.actions.upload.href ?? '';
}

async function statusAndCode(response: Response): Promise<string> {
  await response.arrayBuffer();
  return `${response.status} ${response.headers.get('X-Error-Code') ?? ''}`.trim();
}

describe('a path out of the repository is refused', () => {
  const outs = [
    '..',
    '%2e%2e',
    '..%2f..%2fevil',
    '%2e%2e%2fevil',
    '.',
    '%00',
    'a%5c..%5cb',
    '%2fetc%2fpasswd',
  ];

  test.each(outs)('%s as any part of any URL', async (out) => {
    const statuses = [
      await rawStatus(`/api/models/${out}/xray`),
      await rawStatus(`/api/models/alice/${out}`),
      await rawStatus(`/api/${out}/alice/xray`),
      await rawStatus(`/api/models/alice/xray/revision/${out}`),
      await rawStatus(`/api/models/alice/xray/tree/${out}`),
      await rawStatus(`/api/models/alice/xray/tree/main/${out}`),
      await rawStatus(`/api/models/alice/xray/commits/${out}`),
      await rawStatus(`/alice/xray/resolve/${out}/.gitattributes`),
      await rawStatus(`/alice/xray/resolve/main/${out}`),
      await rawStatus(`/alice/xray/resolve/main/${out}/.gitattributes`),
      await rawStatus(`/alice/${out}/raw/main/.gitattributes`),
      await rawStatus(`/datasets/${out}/xray/resolve/main/x`),
      await rawStatus(`/api/models/alice/xray/commit/${out}`, 'POST'),
      await rawStatus(`/api/models/alice/xray/branch/${out}`, 'POST'),
      await rawStatus(`/api/models/alice/xray/branch/${out}`, 'DELETE'),
      await rawStatus(`/api/models/alice/xray/preupload/${out}`, 'POST'),
      await rawStatus(`/${out}/xray.git/info/lfs/objects/batch`, 'POST'),
      await rawStatus(`/_lfs/models/alice/${out}/${'0'.repeat(64)}`, 'PUT'),
      await rawStatus(`/_lfs/models/alice/xray/${out}?size=1`, 'PUT'),
    ];
    expect(statuses.filter((status) => ![400, 403, 404].includes(status))).toEqual([]);
  });

  const paths = [
    '../x',
    '/x',
    'a/../../x',
    'a//b',
    'a/',
    '.git/hooks/x',
    'a/.GIT/config',
    '.git./x',
    'git~1/x',
  ];
  test.each([...paths, '.gitmodules', 'a\\b', 'a\u0000b', 'a\nb', 'a\u202eb', 'x'.repeat(300), ''])(
    '%j as the path of a committed file',
    async (path) => {
      const before = await (await call(`${hub.url}/api/models/alice/xray`)).json();
      expect((await commitLines(hub.url, [fileLine(path, 'x')])).status).toBe(400);
      const zero = { key: 'lfsFile', value: { path, algo: 'sha256', oid: '0'.repeat(64), size: 0 } };
      expect((await commitLines(hub.url, [zero])).status).toBe(400);
      expect(await (await call(`${hub.url}/api/models/alice/xray`)).json()).toEqual(before);
    },
  );

  test('a repository name that is none, or belongs to the hub itself, is not created', async () => {
    const names = [
      '..',
      '.',
      '../evil',
      'a/b/c',
      'x.git',
      '-x',
      'a..b',
      'a--b',
      'a b',
      'ä',
      'x'.repeat(97),
      '',
    ];
    for (const name of names) {
      const response = await call(`${hub.url}/api/repos/create`, {
        method: 'POST',
        token: ALICE,
        body: { name, organization: 'alice' },
      });
      expect(await statusAndCode(response)).toBe('400');
    }
    for (const organization of ['..', 'api', 'datasets', '_lfs', 'a/b']) {
      const body = { name: 'x', organization };
      const response = await call(`${hub.url}/api/repos/create`, { method: 'POST', token: ALICE, body });
      expect(await statusAndCode(response)).toBe('400');
    }
  });

  test('a branch or tag name that is none, or looks like a commit, is not created', async () => {
    const names = [
      '..',
      'a/b',
      'a..b',
      'main.lock',
      '-x',
      'HEAD',
      'a'.repeat(40),
      'x.',
      'a b',
      'a:b',
      '@{0}',
    ];
    for (const name of names) {
      const branch = await call(`${hub.url}/api/models/alice/xray/branch/${encodeURIComponent(name)}`, {
        method: 'POST',
        token: ALICE,
        body: {},
      });
      // fetch removes a path that is two dots before it is sent
      expect(await statusAndCode(branch)).toBe(name === '..' ? '404' : '400');
      const tag = await call(`${hub.url}/api/models/alice/xray/tag/main`, {
        method: 'POST',
        token: ALICE,
        body: { tag: name },
      });
      expect(await statusAndCode(tag)).toBe('400');
    }
  });
});

describe('a commit that is not sound is refused and changes nothing', () => {
  const header = { key: 'header', value: { summary: 'x' } };
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${hub.url}/api/models/alice/xray/commit/main`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ALICE}`, ...headers },
      body: typeof body === 'string' ? body : new Blob([body]),
    });

  test.each([
    ['no lines', ''],
    ['no JSON', 'hello'],
    ['half a line', '{"key":"header","value":{"summa'],
    ['no header first', JSON.stringify(fileLine('a', 'a'))],
    ['a list', '[]'],
    ['null', 'null'],
    ['a header without value', '{"key":"header"}'],
    ['a number as title', '{"key":"header","value":{"summary":5}}'],
    ['a parent that is no commit id', '{"key":"header","value":{"parentCommit":"main"}}'],
    ['two headers', `${JSON.stringify(header)}\n${JSON.stringify(header)}`],
    ['an unknown line', `${JSON.stringify(header)}\n{"key":"exec","value":{"path":"a"}}`],
    [
      'content that is not base64',
      `${JSON.stringify(header)}\n{"key":"file","value":{"path":"a","content":"%%","encoding":"base64"}}`,
    ],
    [
      'an unknown encoding',
      `${JSON.stringify(header)}\n{"key":"file","value":{"path":"a","content":"","encoding":"gzip"}}`,
    ],
    [
      'a file twice',
      [header, fileLine('a', '1'), fileLine('a', '2')].map((line) => JSON.stringify(line)).join('\n'),
    ],
    [
      'a file inside a file',
      [header, fileLine('a', '1'), fileLine('a/b', '2')].map((line) => JSON.stringify(line)).join('\n'),
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n{"key":"`), Buffer.from([0xff])]),
    ],
  ])('%s', async (_name, body) => {
    const before = await (await call(`${hub.url}/api/models/alice/xray`)).json();
    expect(await statusAndCode(await post(body))).toBe('400');
    expect(await (await call(`${hub.url}/api/models/alice/xray`)).json()).toEqual(before);
  });

  test('a deletion of what is not there is EntryNotFound', async () => {
    const lines = [{ key: 'deletedFile', value: { path: 'none' } }];
    expect(await statusAndCode(await commitLines(hub.url, lines))).toBe('404 EntryNotFound');
    const folders = [{ key: 'deletedFolder', value: { path: 'none/' } }];
    expect(await statusAndCode(await commitLines(hub.url, folders))).toBe('404 EntryNotFound');
  });

  test('a large file that was not uploaded, or with another size, is refused however it is dressed', async () => {
    const bytes = randomBytes(1000);
    const oid = sha256(bytes);
    const line = (size: number) => ({ key: 'lfsFile', value: { path: 'w.bin', algo: 'sha256', oid, size } });
    expect((await commitLines(hub.url, [line(1000)])).status).toBe(422);
    await fetch(await uploadUrl({ oid, size: 1000 }), { method: 'PUT', body: bytes });
    expect((await commitLines(hub.url, [line(999)])).status).toBe(422);
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'1'.repeat(64)}\nsize 5\n`;
    expect((await commitLines(hub.url, [fileLine('w.bin', pointer)])).status).toBe(422);
    expect((await commitLines(hub.url, [line(1000)])).status).toBe(200);
  });

  test('the hash of a private file does not open it to somebody else', async () => {
    const bytes = randomBytes(500);
    const oid = sha256(bytes);
    await createModel(hub.url, 'secret', 'private');
    await fetch(await uploadUrl({ oid, size: 500 }, 'secret'), { method: 'PUT', body: bytes });
    await (
      await call(`${hub.url}/api/repos/create`, { method: 'POST', token: BOB, body: { name: 'mine' } })
    ).arrayBuffer();
    const header = JSON.stringify({ key: 'header', value: { summary: 'take it' } });
    const line = JSON.stringify({ key: 'lfsFile', value: { path: 'w.bin', algo: 'sha256', oid, size: 500 } });
    const response = await fetch(`${hub.url}/api/models/bob/mine/commit/main`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${BOB}` },
      body: `${header}\n${line}`,
    });
    expect(response.status).toBe(422);
  });

  test('a regular file over 10 MiB and a line over the limit are refused with 413', async () => {
    const large = fileLine('large.txt', 'x'.repeat(10 * 1024 * 1024 + 1));
    expect((await commitLines(hub.url, [large])).status).toBe(413);
    const larger = fileLine('larger.txt', 'x'.repeat(12 * 1024 * 1024));
    expect((await commitLines(hub.url, [larger])).status).toBe(413);
  });
});

describe('an upload', () => {
  test('of other bytes, more bytes or fewer bytes than promised is refused and not kept', async () => {
    const bytes = randomBytes(2000);
    const oid = sha256(bytes);
    const put = async (body: Uint8Array) =>
      (await fetch(await uploadUrl({ oid, size: 2000 }), { method: 'PUT', body: new Blob([body]) })).status;
    expect(await put(randomBytes(2000))).toBe(422);
    expect(await put(bytes.subarray(1))).toBe(400);
    expect(await put(Buffer.concat([bytes, bytes]))).toBe(413);
    expect(await put(bytes)).toBe(200);
  });

  test('needs a URL that this hub signed for this object and that has not expired', async () => {
    const bytes = randomBytes(100);
    const good = await uploadUrl({ oid: sha256(bytes), size: 100 });
    const other = sha256(Buffer.from('other'));
    const status = async (url: string) => (await fetch(url, { method: 'PUT', body: bytes })).status;
    expect(await status(good.replace(sha256(bytes), other))).toBe(403);
    expect(await status(good.replace('size=100', 'size=200'))).toBe(403);
    expect(await status(good.replace('/alice/xray/', '/alice/other/'))).toBe(403);
    expect(await status(good.replace(/expires=\d+/, 'expires=99999999999999'))).toBe(403);
    expect(await status(good.replace(/signature=.*/, ''))).toBe(403);
    now = new Date('2026-11-22T11:00:01Z');
    expect(await status(good)).toBe(403);
    now = new Date('2026-11-22T10:59:59Z');
    expect(await status(good)).toBe(200);
  });

  test('that breaks off leaves nothing behind', async () => {
    await inTemporaryFolder(async (directory) => {
      await withHub(
        async (url) => {
          await createModel(url);
          const response = await call(`${url}/alice/xray.git/info/lfs/objects/batch`, {
            method: 'POST',
            token: ALICE,
            body: { operation: 'upload', objects: [{ oid: '0'.repeat(64), size: 1e6 }] },
          });
          const href = /"href":"([^"]+)"/.exec(await response.text())?.[1] ?? '';
          const { port, pathname, search } = new URL(href);
          const socket = connect(Number(port), '127.0.0.1');
          socket.write(
            `PUT ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nsome`,
          );
          socket.end();
          await new Promise((resolve) => socket.resume().on('close', resolve));
        },
        { directory },
      );
      expect(await readdir(join(directory, 'tmp'))).toEqual([]);
      const lfs = join(directory, 'repos', 'models', 'alice', 'xray.git', 'lfs', 'objects');
      expect(await readdir(lfs)).toEqual([]);
    });
  });
});

describe('bodies and headers', () => {
  test('a body over the limit is refused with 413 before it is read to the end', async () => {
    const response = await fetch(`${hub.url}/api/models/alice/xray/settings`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${ALICE}` },
      body: Buffer.alloc(9 * 1024 * 1024, 0x20),
    });
    expect(response.status).toBe(413);
  });

  test('a compressed body is refused with 415', async () => {
    const options = { method: 'PUT', token: ALICE, body: {}, headers: { 'Content-Encoding': 'gzip' } };
    expect((await call(`${hub.url}/api/models/alice/xray/settings`, options)).status).toBe(415);
  });

  test.each([
    '[]',
    '5',
    '"x"',
    'null',
    '{',
    '{"visibility":5}',
    '{"visibility":"protected"}',
    '{"gated":"auto"}',
    '',
  ])('settings %j are refused with 400', async (body) => {
    const response = await fetch(`${hub.url}/api/models/alice/xray/settings`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${ALICE}` },
      body,
    });
    expect(response.status).toBe(400);
  });

  test('another Host than this machine is refused, as a page that rebinds its name would send it', async () => {
    expect(await rawStatus('/api/models', 'GET', { Host: 'evil.example' })).toBe(421);
    expect(await rawStatus('/api/models', 'GET', { Host: 'localhost:1234' })).toBe(200);
  });

  test('a URL that is not properly encoded is refused with 400, an unknown one with 404', async () => {
    expect(await rawStatus('/api/models/%zz/x')).toBe(400);
    expect(await rawStatus('/api/agent-harnesses')).toBe(404);
    expect(await rawStatus('/api/spaces')).toBe(404);
    expect(await rawStatus('/')).toBe(404);
  });

  test('a damaged file on disk is an error, never wrong bytes, and its message names no paths of the machine', async () => {
    await inTemporaryFolder((directory) =>
      withHub(
        async (url) => {
          await createModel(url);
          const objects = join(directory, 'repos', 'models', 'alice', 'xray.git', 'objects');
          for (const folder of (await readdir(objects)).filter((name) => name.length === 2)) {
            for (const name of await readdir(join(objects, folder))) {
              await chmod(join(objects, folder, name), 0o644);
              await writeFile(join(objects, folder, name), 'x');
            }
          }
          const response = await fetch(`${url}/alice/xray/resolve/main/.gitattributes`);
          expect(response.status).toBe(500);
          expect(await response.text()).not.toContain(directory);
        },
        { directory },
      ),
    );
  });
});

describe('tokens and visibility', () => {
  test('a private repository answers strangers exactly as one that does not exist', async () => {
    await withHub(async (url) => {
      await createModel(url, 'hidden', 'private');
      const pages = (name: string) => [
        `${url}/api/models/alice/${name}`,
        `${url}/api/models/alice/${name}/refs`,
        `${url}/api/models/alice/${name}/commits/main`,
        `${url}/api/models/alice/${name}/tree/main`,
        `${url}/alice/${name}/resolve/main/.gitattributes`,
        `${url}/alice/${name}/raw/main/.gitattributes`,
      ];
      for (const token of [undefined, BOB]) {
        const answers = async (name: string) => {
          const all: string[] = [];
          for (const page of pages(name)) {
            const response = await call(page, token === undefined ? {} : { token });
            all.push(`${await statusAndCode(response)} ${response.headers.get('X-Error-Message')}`);
          }
          return all;
        };
        const expected = `${token === undefined ? 401 : 404} RepoNotFound Repository not found`;
        expect(await answers('hidden')).toEqual(Array(6).fill(expected));
        expect(await answers('missing')).toEqual(Array(6).fill(expected));
      }
      const member = await call(`${url}/api/models/alice/hidden`, { token: ALICE_READ });
      expect(member.status).toBe(200);
    });
  });

  test.each(['Bearer hf_wrong', 'Bearer', `Basic ${ALICE}`, ALICE, 'Bearer hf_ä'])(
    'the header %j is refused with 401 even for what is public',
    async (authorization) => {
      const { port } = new URL(hub.url);
      const head = `GET /api/models HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: ${authorization}`;
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${head}\r\n\r\n`));
      const pieces: Buffer[] = [];
      for await (const piece of socket as AsyncIterable<Buffer>) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toMatch(/^HTTP\/1\.1 401 /);
    },
  );
});
