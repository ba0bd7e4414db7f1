import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hub, RemoteFile } from '../../src/hub/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { impatientHub, REPO, REVISION, serve, startHostileHub } from './hostile-hub.js';
import type { HostileHub, Misdeed } from './hostile-hub.js';

const WEIGHTS = randomBytes(300_000);
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');
const FILES = { 'model.safetensors': WEIGHTS };
const isDownload = (url: URL) => url.pathname.endsWith('/model.safetensors');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A client, its server, and what to ask for the first bytes or the file. */
async function setUp(folder: string, misdeed?: Misdeed) {
  const server: HostileHub = await startHostileHub(FILES, misdeed);
  const hub: Hub = impatientHub(server.url);
  open.push(server, hub);
  const of = { type: 'model', repo: REPO, revision: REVISION } as const;
  const found = await hub.lookUp({
    ...of,
    files: [{ path: 'model.safetensors', maxBytes: 1e6 }],
    deadlineMs: 30_000,
  });
  if (!found.ok) throw new Error(found.detail);
  const remote = found.files[0] as RemoteFile;
  return { hub, server, request: { ...of, remote, file: join(folder, 'weights'), deadlineMs: 30_000 } };
}

describe('the head of a file', () => {
  test('is asked for by Range, and the file goes on after it: no byte comes twice', () =>
    inTemporaryFolder(async (folder) => {
      const { hub, server, request } = await setUp(folder);
      const head = await hub.fetchHead({ ...request, bytes: 1000 });
      expect(head).toEqual({ ok: true, head: WEIGHTS.subarray(0, 1000) });
      expect(await readdir(folder)).toEqual(['weights.part']);
      const again = await hub.fetchHead({ ...request, bytes: 500 });
      expect(again).toEqual({ ok: true, head: WEIGHTS.subarray(0, 500) });
      expect(await hub.fetchFile(request)).toEqual({ ok: true, sha256: SHA256 });
      expect(server.downloads().map(({ headers }) => headers.range)).toEqual(['bytes=0-999', 'bytes=1000-']);
      expect(await readdir(folder)).toEqual(['weights']);
    }));

  test('of a file that has no more is the file', () =>
    inTemporaryFolder(async (folder) => {
      const { hub, server, request } = await setUp(folder);
      const head = await hub.fetchHead({ ...request, bytes: 1e9 });
      expect(head).toEqual({ ok: true, head: WEIGHTS });
      expect(await hub.fetchFile(request)).toEqual({ ok: true, sha256: SHA256 });
      expect(server.downloads()).toHaveLength(1);
    }));

  test('costs little more than itself when the server knows no ranges', () =>
    inTemporaryFolder(async (folder) => {
      let sent = 0;
      const { hub, request } = await setUp(folder, (_, response, url) => {
        if (!isDownload(url)) return false;
        response.writeHead(200, { 'content-length': WEIGHTS.length });
        const pour = () => {
          if (sent >= WEIGHTS.length) return response.end();
          const chunk = WEIGHTS.subarray(sent, (sent += 1000));
          return response.write(chunk, (error) => (error ? undefined : setImmediate(pour)));
        };
        pour();
        return true;
      });
      const head = await hub.fetchHead({ ...request, bytes: 1000 });
      expect(head).toEqual({ ok: true, head: WEIGHTS.subarray(0, 1000) });
      expect(sent).toBeLessThan(WEIGHTS.length);
    }));

  test.each([
    ['of other bytes', 'bytes 5-1004/300000'],
    ['longer than asked', 'bytes 0-299999/300000'],
    ['shorter than asked', 'bytes 0-99/300000'],
    ['in numbers beyond counting', `bytes 0-999/${'9'.repeat(30)}`],
  ])("a range %s is the hub's fault", (_, contentRange) =>
    inTemporaryFolder(async (folder) => {
      const { hub, request } = await setUp(
        folder,
        (__, response, url) =>
          isDownload(url) && (response.writeHead(206, { 'content-range': contentRange }).end('x'), true),
      );
      await expect(hub.fetchHead({ ...request, bytes: 1000 })).rejects.toMatchObject({
        code: 'HUB_MISBEHAVED',
      });
    }),
  );

  test('of a file that has another length than listed: HASH_MISMATCH', () =>
    inTemporaryFolder(async (folder) => {
      const { hub, request } = await setUp(
        folder,
        (query, response, url) => isDownload(url) && (serve(query, response, randomBytes(200_000)), true),
      );
      expect(await hub.fetchHead({ ...request, bytes: 1000 })).toMatchObject({ code: 'HASH_MISMATCH' });
    }));

  test('of another file costs that file its name: the whole is verified', () =>
    inTemporaryFolder(async (folder) => {
      const other = randomBytes(WEIGHTS.length);
      const { hub, server, request } = await setUp(
        folder,
        (query, response, url) =>
          isDownload(url) && query.headers.range === 'bytes=0-999' && (serve(query, response, other), true),
      );
      await hub.fetchHead({ ...request, bytes: 1000 });
      // Then from the start, once: the head may be what an earlier run left of another file.
      expect(await hub.fetchFile(request)).toEqual({ ok: true, sha256: SHA256 });
      expect(server.downloads()).toHaveLength(3);
    }));
});
