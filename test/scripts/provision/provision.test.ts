import { describe, expect, test } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { provisionLibtorch } from '../../../scripts/provision/provision.mjs';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { fakePython, listeningReport, torchFiles } from '../support/fake-torch.js';
import { sha256, wheelOf, zipOf } from '../support/zip-writer.js';

const PINNED = 'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl';
const UNPINNED = 'torch-2.13.0+cpu-cp399-cp399-manylinux_2_28_x86_64.whl';
/** A port of this machine on which nothing listens. */
const CLOSED = 'http://127.0.0.1:9';

async function provisionIn(folder: string, env: Readonly<Record<string, string>>) {
  const report = listeningReport();
  const full = {
    PATH: join(folder, 'bin'),
    XDG_CACHE_HOME: folder,
    HEALTHTENSOR_LIBTORCH_URL: CLOSED,
    ...env,
  };
  return { report, libtorch: await provisionLibtorch({ env: full, kind: 'cpu', report }) };
}

async function serving<T>(
  answers: Readonly<Record<string, Buffer>>,
  body: (url: string, asked: string[]) => Promise<T>,
) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers[request.url ?? ''];
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-length': answer?.length ?? 0 })
      .end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function zipFile(): Buffer {
  const files = Object.entries(torchFiles()).map(([name, content]) => ({ name: `lib${name}`, content }));
  return zipOf(files);
}

const ZIP_PATH = '/cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip';
const onX64 = process.arch === 'x64' ? test : test.skip;

describe('fetching libtorch', () => {
  test('a wheel comes through pip as the user has configured it, and only what is needed is kept', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, UNPINNED), wheelOf(torchFiles()));
      await fakePython(
        join(folder, 'bin'),
        '',
        `/bin/cp ${folder}/*.whl "$dest"; echo "$index" >>${folder}/calls`,
      );
      const { report, libtorch } = await provisionIn(folder, {});
      expect(libtorch.path).toBe(join(folder, 'healthtensor/libtorch/2.13.0-cpu/torch'));
      expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('\n');
      expect(await readdir(join(libtorch.path, '..'))).toEqual(['provisioned.json', 'torch']);
      expect(report.lines).toContain(`  unpack ${UNPINNED} (each file against the RECORD)`);
      const again = await provisionIn(folder, { HEALTHTENSOR_LIBTORCH_URL: 'unused' });
      expect(again.report.lines.at(-1)).toMatch(/already provisioned/);
    });
  });

  test("when pip's own configuration has none, PyTorch's index is asked", async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, UNPINNED), wheelOf(torchFiles()));
      await fakePython(
        join(folder, 'bin'),
        '',
        `[ -z "$index" ] && exit 1; echo "$index" >${folder}/calls; /bin/cp ${folder}/*.whl "$dest"`,
      );
      await provisionIn(folder, {});
      expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('https://download.pytorch.org/whl/cpu\n');
    });
  });

  test.each([
    [{}, '1'],
    [{ PIP_RETRIES: '7' }, '7'],
  ])('pip retries once unless the user says otherwise (%o)', async (env, retries) => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, UNPINNED), wheelOf(torchFiles()));
      const download = `echo "$PIP_RETRIES" >${folder}/retries; /bin/cp ${folder}/*.whl "$dest"`;
      await fakePython(join(folder, 'bin'), '', download);
      await provisionIn(folder, env);
      expect(await readFile(join(folder, 'retries'), 'utf8')).toBe(`${retries}\n`);
    });
  });

  test('a wheel that has the name of the pinned one and another content is refused', async () => {
    await inTemporaryFolder(async (folder) => {
      const wheel = wheelOf(torchFiles());
      await writeFile(join(folder, PINNED), wheel);
      await fakePython(join(folder, 'bin'), '', `/bin/cp ${folder}/*.whl "$dest"`);
      await expect(provisionIn(folder, {})).rejects.toThrow(/has SHA-256 .*, expected 6746dbcb/);
      expect(await readdir(join(folder, 'healthtensor/libtorch'))).toEqual([]);
      const { report } = await provisionIn(folder, { HEALTHTENSOR_LIBTORCH_SHA256: sha256(wheel) });
      expect(report.lines.join('\n')).toContain('(SHA-256 of the archive, each file against the RECORD)');
    });
  });

  test('a wheel that is refused leaves nothing in the cache', async () => {
    await inTemporaryFolder(async (folder) => {
      const record = { 'torch/lib/libc10.so': 'torch/lib/libc10.so,sha256=AAAA,3' };
      await writeFile(join(folder, UNPINNED), wheelOf(torchFiles(), record));
      await fakePython(join(folder, 'bin'), '', `/bin/cp ${folder}/*.whl "$dest"`);
      await expect(provisionIn(folder, {})).rejects.toThrow(/RECORD/);
      expect(await readdir(join(folder, 'healthtensor/libtorch'))).toEqual([]);
    });
  });

  onX64('without Python the official zip is taken', async () => {
    await inTemporaryFolder(async (folder) => {
      const zip = zipFile();
      await serving({ [ZIP_PATH]: zip }, async (url, asked) => {
        const env = { HEALTHTENSOR_LIBTORCH_URL: url, HEALTHTENSOR_LIBTORCH_SHA256: sha256(zip) };
        const { report, libtorch } = await provisionIn(folder, env);
        expect(libtorch.version).toBe('2.13.0');
        expect(asked).toEqual([ZIP_PATH]);
        expect(report.lines).toContain('  no wheel: python3 was not found');
      });
    });
  });

  onX64('a zip other than the pinned one is refused', async () => {
    await inTemporaryFolder(async (folder) => {
      await serving({ [ZIP_PATH]: zipFile() }, async (url) => {
        await expect(provisionIn(folder, { HEALTHTENSOR_LIBTORCH_URL: url })).rejects.toThrow(
          /expected edbf4cbe/,
        );
      });
    });
  });

  onX64('the download goes through the proxy of the environment', async () => {
    await inTemporaryFolder(async (folder) => {
      const zip = zipFile();
      const target = `http://mirror.invalid${ZIP_PATH}`;
      await serving({ [ZIP_PATH]: zip }, async (url) => {
        const hosts: string[] = [];
        const tunnels: Duplex[] = [];
        const proxy = createServer();
        // undici asks for a tunnel (CONNECT) even for plain http.
        proxy.on('connect', (request, socket, head) => {
          hosts.push(request.url ?? '');
          tunnels.push(socket);
          const upstream = connect(Number(new URL(url).port), '127.0.0.1', () => {
            socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
            upstream.write(head);
            upstream.pipe(socket).pipe(upstream);
          });
          tunnels.push(upstream);
        });
        await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
        try {
          await provisionIn(folder, {
            HEALTHTENSOR_LIBTORCH_URL: new URL(target).origin,
            HEALTHTENSOR_LIBTORCH_SHA256: sha256(zip),
            http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
          });
          expect(hosts).toEqual(['mirror.invalid:80']);
        } finally {
          for (const tunnel of tunnels) tunnel.destroy();
          proxy.closeAllConnections();
          await new Promise((resolve) => proxy.close(resolve));
        }
      });
    });
  });

  test('offline with nothing cached is one error that names what was tried and the ways out', async () => {
    await inTemporaryFolder(async (folder) => {
      await fakePython(join(folder, 'bin'), '', 'echo "ERROR: No matching distribution found" >&2; exit 1');
      await expect(provisionIn(folder, {})).rejects.toMatchObject({
        message: expect.stringMatching(
          /^libtorch 2\.13\.0 is not on this machine and could not be fetched\. .*No matching distribution/,
        ) as unknown,
        remedies: expect.arrayContaining([
          expect.stringContaining('LIBTORCH'),
          expect.stringContaining('PIP_FIND_LINKS'),
        ]) as unknown,
      });
      expect(await readdir(join(folder, 'healthtensor/libtorch'))).toEqual([]);
    });
  });

  test('an address without TLS needs a hash to vouch for it', async () => {
    await inTemporaryFolder(async (folder) => {
      await expect(
        provisionIn(folder, { HEALTHTENSOR_LIBTORCH_URL: 'http://mirror.example' }),
      ).rejects.toThrow(/must be an https address/);
    });
  });
});
