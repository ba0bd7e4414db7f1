import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Hub, type HubSettings } from '../../src/hub/index.js';
import { hubFetch } from './fetching.js';
import { impatientHub, INFO, json, REPO, REVISION, serve, startHostileHub, TOKEN } from './hostile-hub.js';
import type { HostileHub, Misdeed } from './hostile-hub.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const WEIGHTS = Buffer.alloc(50_000, 7);
const FILES = { 'config.json': Buffer.from('{}'), 'model.safetensors': WEIGHTS };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(misdeed?: Misdeed): Promise<HostileHub> {
  const server = await startHostileHub(FILES, misdeed);
  open.push(server);
  return server;
}

function hub(server: HostileHub, settings: Partial<HubSettings> = {}): Hub {
  const client = impatientHub(server.url, settings);
  open.push(client);
  return client;
}

const isDownload = (url: URL) => url.pathname.endsWith('/model.safetensors');
const redirect = (response: ServerResponse, location: string, status = 302): true => {
  response.writeHead(status, { location }).end();
  return true;
};

describe('a redirect', () => {
  test('to an allowed host is followed, without our token', async () => {
    const cdn = await start(
      (request, response, url) => url.pathname === '/blob' && (serve(request, response, WEIGHTS), true),
    );
    const server = await start((_, r, url) => isDownload(url) && redirect(r, `${cdn.url}/blob?signature=x`));
    await inTemporaryFolder(async (folder) => {
      const outcome = await hubFetch(server, folder, { settings: { downloadHosts: [cdn.url] } });
      expect(outcome).toMatchObject({ ok: true });
      expect(server.downloads().at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(cdn.heard).toHaveLength(1);
      expect(cdn.heard[0]?.headers).not.toHaveProperty('authorization');
    });
  });

  test('that comes back to the hub does not bring the token back', async () => {
    const cdn = await start((_, r) => redirect(r, `${server.url}/blob`));
    const server = await start((request, r, url) => {
      if (url.pathname === '/blob') return (serve(request, r, WEIGHTS), true);
      return isDownload(url) && redirect(r, `${cdn.url}/elsewhere`);
    });
    await inTemporaryFolder(async (folder) => {
      const outcome = await hubFetch(server, folder, { settings: { downloadHosts: [cdn.url] } });
      expect(outcome).toMatchObject({ ok: true });
      expect(server.heard.at(-1)?.url).toBe('/blob');
      expect(server.heard.at(-1)?.headers).not.toHaveProperty('authorization');
    });
  });

  test('to an address that is refused there, as when it has expired, says nothing of the repository', async () => {
    const cdn = await start((_, r) => (r.writeHead(403).end('expired'), true));
    const server = await start((_, r, url) => isDownload(url) && redirect(r, `${cdn.url}/blob`));
    await inTemporaryFolder(async (folder) => {
      const outcome = hubFetch(server, folder, { settings: { downloadHosts: [cdn.url] } });
      await expect(outcome).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    });
  });

  test('on the hub itself keeps the token', async () => {
    const server = await start((request, r, url) => {
      if (url.pathname === '/blob') return (serve(request, r, WEIGHTS), true);
      return isDownload(url) && redirect(r, '/blob', 307);
    });
    await inTemporaryFolder(async (folder) => {
      expect(await hubFetch(server, folder)).toMatchObject({ ok: true });
      expect(server.heard.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    });
  });

  test.each([
    ['to another port of this machine', 'http://127.0.0.1:1/latest/meta-data'],
    ['to an internal address', 'http://169.254.169.254/latest/meta-data'],
    ['to a host that only ends like an allowed one', 'https://evilhf.co/x'],
    ['to an allowed host without encryption', 'http://cdn-lfs.hf.co/x'],
    ['to an allowed host on another port', 'https://cdn-lfs.hf.co:8443/x'],
    ['with a password', 'https://me:pass@cdn-lfs.hf.co/x'],
    ['to a file', 'file:///etc/passwd'],
    ['to nowhere', ''],
  ])('%s is refused', async (_, location) => {
    const server = await start((__, r, url) => isDownload(url) && redirect(r, location || 'http://'));
    await inTemporaryFolder(async (folder) => {
      await expect(hubFetch(server, folder)).rejects.toMatchObject({
        code: 'HUB_MISBEHAVED',
        about: 'redirect',
        remedy: expect.stringContaining('--hub.download_hosts'),
      });
    });
  });

  test('is followed three times, not for ever', async () => {
    let hops = 0;
    const server = await start((_, r, url) => {
      if (!url.pathname.includes('/revision/')) return false;
      hops++;
      return redirect(r, `${url.pathname}?hop=${hops}`);
    });
    await inTemporaryFolder(async (folder) => {
      await expect(hubFetch(server, folder)).rejects.toMatchObject({ code: 'HUB_MISBEHAVED' });
      expect(hops).toBe(4);
    });
  });

  test('of a change is refused: the repository was renamed', async () => {
    const server = await start(
      (request, r) => request.method === 'PUT' && redirect(r, '/api/models/miner/new/settings', 307),
    );
    await expect(hub(server).setVisibility(REPO, 'public')).rejects.toThrow(/renamed/);
  });
});

describe('a failing hub', () => {
  /** Refuses `times` times, and keeps what the client then waits. */
  async function refusing(
    times: number,
    headers: Record<string, string>,
    status = 429,
  ): Promise<{ waits: number[]; client: Hub }> {
    const waits: number[] = [];
    const server = await start((_, r) => times-- > 0 && (r.writeHead(status, headers).end(), true));
    const wait = (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    };
    return { waits, client: hub(server, { wait, limits: { backoffMs: 100 } }) };
  }
  const ask = (client: Hub, directory: string) =>
    client.fetchVerified({
      type: 'model',
      repo: REPO,
      revision: REVISION,
      files: [],
      directory,
      deadlineMs: 5000,
    });

  test('is asked again after the time it names', async () => {
    await inTemporaryFolder(async (folder) => {
      const { waits, client } = await refusing(2, { 'retry-after': '11' });
      expect(await ask(client, folder)).toMatchObject({ ok: true });
      expect(waits).toEqual([11_000, 11_000]);
    });
  });

  test('that names a time is left alone by every request until then', async () => {
    await inTemporaryFolder(async (folder) => {
      let refusals = 1;
      const server = await start((_, r) => {
        return refusals-- > 0 && (r.writeHead(429, { 'retry-after': '30' }).end(), true);
      });
      let waits = 0;
      let over = () => undefined as void;
      const wait = () => {
        waits++;
        return new Promise<void>((resolve) => {
          const before = over;
          over = () => {
            before();
            resolve();
          };
        });
      };
      const client = hub(server, { wait });
      const first = ask(client, folder);
      while (waits === 0) await new Promise((resolve) => setImmediate(resolve));
      const second = ask(client, folder);
      expect(waits).toBe(2);
      expect(server.heard).toHaveLength(1);
      over();
      expect(await Promise.all([first, second])).toMatchObject([{ ok: true }, { ok: true }]);
    });
  });

  test.each([
    ['503, a broken file', 503],
    ['429, a busy store that it redirects to', 429],
  ])('whose answer is %s is not left alone by the others', async (_, status) => {
    const busy: Misdeed = (__, r) => (r.writeHead(status, { 'retry-after': '30' }).end(), true);
    const store = await start(busy);
    const server = await start((query, r, url) => {
      if (!isDownload(url)) return false;
      return status === 503 ? busy(query, r, url) : redirect(r, `${store.url}/blob`);
    });
    let waits = 0;
    let release = () => undefined as void;
    const wait = () => {
      waits++;
      return new Promise<void>((resolve) => (release = resolve));
    };
    const client = hub(server, { wait, downloadHosts: [store.url], limits: { attempts: 2 } });
    await inTemporaryFolder(async (folder) => {
      const files = [{ path: 'model.safetensors', maxBytes: 1e6 }];
      const of = { type: 'model', repo: REPO, revision: REVISION, deadlineMs: 30_000 } as const;
      const broken = client.fetchVerified({ ...of, files, directory: folder });
      broken.catch(() => undefined);
      while (waits === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(await ask(client, folder)).toMatchObject({ ok: true });
      expect(waits).toBe(1);
      release();
      await expect(broken).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    });
  });

  test('is asked again after its rate limit is reset', async () => {
    await inTemporaryFolder(async (folder) => {
      const { waits, client } = await refusing(1, { ratelimit: '"api";r=0;t=55' });
      expect(await ask(client, folder)).toMatchObject({ ok: true });
      expect(waits).toEqual([55_000]);
    });
  });

  test('is asked again with growing waits when it names none', async () => {
    await inTemporaryFolder(async (folder) => {
      const { waits, client } = await refusing(2, {}, 503);
      expect(await ask(client, folder)).toMatchObject({ ok: true });
      expect(waits[0]).toBeGreaterThanOrEqual(50);
      expect(waits[0]).toBeLessThanOrEqual(100);
      expect(waits[1]).toBeGreaterThanOrEqual(100);
      expect(waits[1]).toBeLessThanOrEqual(200);
    });
  });

  test('that asks for an hour is given up at once', async () => {
    await inTemporaryFolder(async (folder) => {
      const { waits, client } = await refusing(1, { 'retry-after': '3600' });
      await expect(ask(client, folder)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
      expect(waits).toEqual([]);
    });
  });

  test('is not asked again for a change that may have happened', async () => {
    const server = await start((request, r, url) => {
      if (url.pathname === `/api/models/${REPO}`) return (r.writeHead(404).end(), true);
      return request.method === 'POST' && (r.writeHead(500).end(), true);
    });
    await expect(hub(server).ensureModelRepo(REPO)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    expect(server.heard.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

test('every request asks for an unencoded answer', async () => {
  const server = await start();
  await inTemporaryFolder(async (folder) => {
    await hubFetch(server, folder);
    expect(server.heard.map(({ headers }) => headers['accept-encoding'])).toEqual(Array(4).fill('identity'));
  });
});

test('our upload goes only where uploads may go, and never with our token', async () => {
  const store = await start((_, r) => (r.writeHead(200).end(), true));
  const server = await start((request, r, url) => {
    if (url.pathname.endsWith('/revision/main')) return json(r, INFO);
    if (url.pathname.includes('/paths-info/')) return json(r, []);
    if (url.pathname.includes('/preupload/'))
      return json(r, { files: [{ path: 'model.safetensors', uploadMode: 'lfs' }] });
    if (!url.pathname.endsWith('/objects/batch')) return false;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { objects } = JSON.parse(body) as { objects: { oid: string; size: number }[] };
      json(r, {
        objects: objects.map((object) => ({ ...object, actions: { upload: { href: `${store.url}/put` } } })),
      });
    });
    return true;
  });
  const files = [{ path: 'model.safetensors', content: WEIGHTS }];
  const refused = hub(server).publish({ repo: REPO, files, title: 'x' });
  await expect(refused).rejects.toMatchObject({ code: 'HUB_MISBEHAVED' });
  expect(store.heard).toHaveLength(0);
  // This hub then has no commit endpoint: what matters is what the store heard.
  const allowed = hub(server, { uploadHosts: [store.url] }).publish({ repo: REPO, files, title: 'x' });
  await expect(allowed).rejects.toMatchObject({ code: 'HUB_DENIED' });
  expect(store.heard).toMatchObject([{ method: 'PUT', headers: { 'content-length': '50000' } }]);
  expect(store.heard[0]?.headers).not.toHaveProperty('authorization');
});

test('a hub that is not on this machine is asked through the proxy of the environment', async () => {
  const target = await start((_, r) => json(r, { name: 'miner', auth: { accessToken: { role: 'write' } } }));
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    json(response, { name: 'miner', auth: { accessToken: { role: 'write' } } });
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const upstream = connect(Number(new URL(target.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const before = { ...process.env };
  for (const name of ['no_proxy', 'NO_PROXY', 'http_proxy']) delete process.env[name];
  process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    const client = new Hub({ endpoint: 'http://hub.example', token: TOKEN });
    expect(await client.whoAmI()).toEqual({ name: 'miner', canWrite: true });
    expect(asked[0]).toContain('hub.example');
    await client.close();
    expect(await hub(target).whoAmI()).toEqual({ name: 'miner', canWrite: true });
    expect(asked).toHaveLength(1);
  } finally {
    process.env = before;
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
});
