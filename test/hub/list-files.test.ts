import { afterEach, expect, test } from '@jest/globals';
import { nextPage } from '../../src/hub/list-files.js';
import { entry, impatientHub, json, REPO, REVISION, startHostileHub, TOKEN } from './hostile-hub.js';
import type { HostileHub, Misdeed } from './hostile-hub.js';

const open: HostileHub[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function list(misdeed: Misdeed, limits = {}): Promise<string[]> {
  const server = await startHostileHub({}, misdeed);
  open.push(server);
  const hub = impatientHub(server.url, { limits });
  try {
    return (await hub.listFiles({ type: 'model', repo: REPO, revision: REVISION })).map(({ path }) => path);
  } finally {
    await hub.close();
  }
}

const bytes = Buffer.from('x');
const next = (url: URL, cursor: string) => ({
  link: `<${url.origin}${url.pathname}?cursor=${cursor}>; rel="next"`,
});

test('all pages are read, folders and unsafe names left out', async () => {
  const misdeed: Misdeed = (_, response, url) => {
    if (url.searchParams.get('cursor') === '2') return json(response, [entry('images/b.png', bytes)]);
    const odd = ['../up', '/root', 'a\\b', 'a/../../b', '.git/config', 'new\nline'].map((path) =>
      entry(path, bytes),
    );
    const folder = { type: 'directory', path: 'images', oid: 'a'.repeat(40), size: 0 };
    return json(response, [entry('a.csv', bytes), folder, ...odd], next(url, '2'));
  };
  expect(await list(misdeed)).toEqual(['a.csv', 'images/b.png']);
});

test('a listing without end is given up after the limit of pages', async () => {
  let pages = 0;
  const misdeed: Misdeed = (_, response, url) =>
    json(response, [entry(`f${pages++}`, bytes)], next(url, String(pages)));
  await expect(list(misdeed, { listPages: 5 })).rejects.toMatchObject({ code: 'REPO_TOO_LARGE' });
  expect(pages).toBe(5);
});

test('a page of too many entries is given up', async () => {
  const misdeed: Misdeed = (_, response) =>
    json(
      response,
      Array.from({ length: 101 }, (_, i) => entry(`f${i}`, bytes)),
    );
  await expect(list(misdeed, { listEntries: 100 })).rejects.toMatchObject({ code: 'REPO_TOO_LARGE' });
});

test('a listing that continues on another host is refused, and the host never hears our token', async () => {
  const thief = await startHostileHub({}, (_, response) => json(response, []));
  open.push(thief);
  const misdeed: Misdeed = (request, response) => {
    expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`);
    return json(response, [], {
      link: `<${thief.url}/api/models/${REPO}/tree/${REVISION}?cursor=1>; rel="next"`,
    });
  };
  await expect(list(misdeed)).rejects.toMatchObject({ code: 'HUB_MISBEHAVED' });
  expect(thief.heard).toHaveLength(0);
});

test('the following page is on the same hub and of the same listing, or refused', () => {
  const endpoint = 'https://hub.example';
  const listing = '/api/models/a/b/tree/x';
  const follow = (link: string | null) => nextPage(link, endpoint, listing);
  expect(follow(null)).toBeUndefined();
  expect(follow('<https://hub.example/other>; rel="prev"')).toBeUndefined();
  expect(follow(`<${endpoint}${listing}?cursor=1&limit=2>; rel="next"`)).toBe(`${listing}?cursor=1&limit=2`);
  expect(follow('<?cursor=1>; rel=next')).toBe(`${listing}?cursor=1`);
  expect(() => follow('<https://evil.example/api/models/a/b/tree/x>; rel="next"')).toThrow(/elsewhere/);
  expect(() => follow('</api/whoami-v2>; rel="next"')).toThrow(/elsewhere/);
});
