import { describe, expect, test } from '@jest/globals';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackLibtorchZip, unpackWheel, unpackZip } from '../../../scripts/provision/unpack.mjs';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { torchFiles } from '../support/fake-torch.js';
import { type ZipEntry, sha256, wheelOf, zipOf } from '../support/zip-writer.js';

const LIMIT = { maxBytes: 1e6 };

async function unpacking<T>(bytes: Buffer, body: (archive: string, to: string) => Promise<T>): Promise<T> {
  return await inTemporaryFolder(async (folder) => {
    const archive = join(folder, 'archive');
    await writeFile(archive, bytes);
    return await body(archive, join(folder, 'to'));
  });
}

const everything = { place: (name: string) => name, ...LIMIT };
const unpackEntries = (entries: readonly ZipEntry[]) =>
  unpacking(zipOf(entries), (archive, to) => unpackZip(archive, to, everything));

describe('unpacking a wheel', () => {
  test('keeps headers and libraries and leaves out what only Python needs', async () => {
    await unpacking(wheelOf(torchFiles()), async (archive, to) => {
      const libraries = await unpackWheel(archive, to, LIMIT);
      expect(Object.keys(libraries).sort()).toEqual([
        'torch/lib/libc10.so',
        'torch/lib/libgomp.so.1',
        'torch/lib/libtorch_cpu.so',
      ]);
      expect(await readFile(join(to, 'torch/lib/libc10.so'), 'utf8')).toBe('c10');
      expect((await readdir(join(to, 'torch'))).sort()).toEqual(['include', 'lib']);
      expect((await stat(join(to, 'torch/lib/libc10.so'))).mode & 0o111).not.toBe(0);
    });
  });

  test('refuses a file that is not the one its RECORD describes', async () => {
    const record = { 'torch/lib/libc10.so': `torch/lib/libc10.so,sha256=${sha256('evil', 'base64url')},3` };
    await unpacking(wheelOf(torchFiles(), record), async (archive, to) => {
      await expect(unpackWheel(archive, to, LIMIT)).rejects.toThrow(
        /libc10\.so is not the file that the wheel's RECORD describes/,
      );
    });
  });

  test('refuses a file whose size is not the one of the RECORD', async () => {
    const line = `torch/lib/libc10.so,sha256=${sha256('c10', 'base64url')},4`;
    await unpacking(wheelOf(torchFiles(), { 'torch/lib/libc10.so': line }), async (archive, to) => {
      await expect(unpackWheel(archive, to, LIMIT)).rejects.toThrow(/RECORD/);
    });
  });

  test('refuses a file that the RECORD does not list', async () => {
    await unpacking(wheelOf(torchFiles(), { 'torch/lib/libc10.so': '' }), async (archive, to) => {
      await expect(unpackWheel(archive, to, LIMIT)).rejects.toThrow(
        /libc10\.so is not in the wheel's RECORD/,
      );
    });
  });

  test('refuses an archive without a RECORD', async () => {
    await unpacking(zipOf([{ name: 'torch/lib/libc10.so', content: 'c10' }]), async (archive, to) => {
      await expect(unpackWheel(archive, to, LIMIT)).rejects.toThrow(/it has no RECORD/);
    });
  });
});

describe('unpacking a zip', () => {
  test('the official layout comes out as a torch folder', async () => {
    const entries = Object.entries(torchFiles()).map(([name, content]) => ({
      name: name.replace('torch/', 'libtorch/'),
      content,
    }));
    await unpacking(zipOf(entries), async (archive, to) => {
      await unpackLibtorchZip(archive, to, LIMIT);
      expect(await readFile(join(to, 'torch/lib/libgomp.so.1'), 'utf8')).toBe('gomp');
    });
  });

  test.each(['../evil.so', 'torch/../../evil.so', '/etc/evil.so'])('refuses the path %s', async (name) => {
    await expect(unpackEntries([{ name, content: 'x' }])).rejects.toThrow(/is refused/);
  });

  test('refuses a symbolic link', async () => {
    const link = { name: 'torch/lib', content: '/etc', mode: 0o120777 };
    await expect(unpackEntries([link])).rejects.toThrow(/"torch\/lib" is a symbolic link/);
  });

  test('refuses a damaged file', async () => {
    await expect(unpackEntries([{ name: 'a', content: 'hello', crc32: 1 }])).rejects.toThrow(
      /a is damaged \(CRC-32\)/,
    );
  });

  test('refuses a name that stands twice', async () => {
    const twice = [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ];
    await expect(unpackEntries(twice)).rejects.toThrow(/EEXIST/);
  });

  test('refuses more bytes than a libtorch has', async () => {
    await unpacking(zipOf([{ name: 'a', content: 'x'.repeat(100) }]), async (archive, to) => {
      const options = { ...everything, maxBytes: 99 };
      await expect(unpackZip(archive, to, options)).rejects.toThrow(/unpacks to more than 99 bytes/);
    });
  });

  test('refuses what is no zip, or half of one', async () => {
    const half = wheelOf(torchFiles()).subarray(0, 700);
    await unpacking(half, async (archive, to) => {
      await expect(unpackLibtorchZip(archive, to, LIMIT)).rejects.toThrow(/is refused/);
    });
  });
});
