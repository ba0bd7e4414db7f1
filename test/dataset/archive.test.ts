import { describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { extractImages, type ArchiveLimits } from '../../src/dataset/archive.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { tarGz, tarOf, type Member } from './tar-fixture.js';

const LIMITS: ArchiveLimits = { entries: 50, fileBytes: 10_000, ratio: 20, freeBytes: 200_000 };

/** Extracts `bytes` two folders deep and gives back everything that then lies anywhere below. */
async function extract(bytes: Buffer, limits = LIMITS, taken = new Set<string>(), signal?: AbortSignal) {
  return inTemporaryFolder(async (root) => {
    const archive = join(root, 'images.tar.gz');
    await mkdir(join(root, 'a'));
    await writeFile(archive, bytes);
    const folder = join(root, 'a', 'b');
    const outcome = await extractImages({ archive, folder, taken, limits, signal }).catch(
      (error: unknown) => error,
    );
    const files = (await readdir(root, { recursive: true }))
      .filter((name) => name !== 'images.tar.gz')
      .sort();
    const contents: Record<string, string> = {};
    const modes: Record<string, number> = {};
    for (const name of await readdir(folder).catch(() => [])) {
      contents[name] = await readFile(join(folder, name), 'utf8');
      modes[name] = (await stat(join(folder, name))).mode & 0o7777;
    }
    return { outcome, files, contents, modes, taken };
  });
}

describe('extractImages', () => {
  test('takes images from any folder of the archive and leaves the rest', async () => {
    const { outcome, contents } = await extract(
      tarGz([
        { path: 'images/', type: '5' },
        { path: 'images/a_0.png', content: 'one' },
        { path: './b_0.jpg', content: 'two' },
        { path: 'images_001/images/c_0.JPEG', content: 'three' },
        { path: 'images/._a_0.png', content: 'macOS' },
        { path: '.DS_Store', content: 'macOS' },
        { path: 'README.md', content: 'hello' },
        { path: `${'deep/'.repeat(15)}d_0.png`, content: '' },
      ]),
    );
    expect(outcome).toEqual({ images: 4, ignored: 3 });
    expect(contents).toEqual({ 'a_0.png': 'one', 'b_0.jpg': 'two', 'c_0.JPEG': 'three', 'd_0.png': '' });
  });

  test('gives no file more rights than reading and writing', async () => {
    const { modes } = await extract(tarGz([{ path: 'a.png', mode: 0o6777, content: 'x' }]));
    expect((modes['a.png'] as number) & ~0o644).toBe(0);
  });

  test('a name in a pax header counts, not the short one', async () => {
    const long = `images/${'n'.repeat(150)}.png`;
    const record = ` path=${long}\n`;
    const pax = `${record.length + 3}${record}`;
    const { contents } = await extract(
      tarGz([
        { path: 'PaxHeader/x', type: 'x', content: pax },
        { path: 'short.png', content: 'x' },
      ]),
    );
    expect(Object.keys(contents)).toEqual([`${'n'.repeat(150)}.png`]);
  });

  const good: Member = { path: 'images/good_0.png', content: 'fine' };
  const paxTo = (path: string): Member => {
    const record = ` path=${path}\n`;
    return { path: 'PaxHeader/x', type: 'x', content: `${record.length + 2}${record}` };
  };
  const hostile: [string, Buffer, RegExp][] = [
    ['a climbing path', tarGz([good, { path: '../../evil.png', content: 'x' }]), /climbs out/],
    [
      'a climb in the middle',
      tarGz([good, { path: 'images/../../../evil.png', content: 'x' }]),
      /climbs out/,
    ],
    [
      'a climb in a pax header',
      tarGz([good, paxTo('../../evil.png'), { path: 'x.png', content: 'x' }]),
      /climbs out/,
    ],
    ['a climb with backslashes', tarGz([good, { path: '..\\..\\evil.png', content: 'x' }]), /climbs out/],
    ['an absolute path', tarGz([good, { path: '/tmp/evil.png', content: 'x' }]), /absolute/],
    ['a drive letter', tarGz([good, { path: 'C:\\evil.png', content: 'x' }]), /absolute/],
    [
      'a symbolic link',
      tarGz([good, { path: 'images/l.png', type: '2', link: '/etc/passwd' }]),
      /SymbolicLink/,
    ],
    [
      'a file through a link',
      tarGz([
        { path: 'images', type: '2', link: '/tmp' },
        { path: 'images/x.png', content: 'x' },
      ]),
      /SymbolicLink/,
    ],
    ['a hard link', tarGz([good, { path: 'h.png', type: '1', link: '../../a' }]), /is a Link/],
    ['a character device', tarGz([good, { path: 'd.png', type: '3' }]), /CharacterDevice/],
    ['a block device', tarGz([good, { path: 'd.png', type: '4' }]), /BlockDevice/],
    ['a FIFO', tarGz([good, { path: 'f.png', type: '6' }]), /FIFO/],
    ['an unknown kind', tarGz([good, { path: 'f.png', type: 'Z' }]), /is refused/],
    [
      'a control character',
      tarGz([good, { path: 'images/a\u001b[2J.png', content: 'x' }]),
      /no plain image name/,
    ],
    ['a backslash', tarGz([good, { path: 'images\\a.png', content: 'x' }]), /no plain image name/],
    ['a duplicate', tarGz([good, { path: 'other/good_0.png', content: 'x' }]), /comes twice/],
    ['a duplicate in capitals', tarGz([good, { path: 'images/GOOD_0.png', content: 'x' }]), /comes twice/],
    [
      'a duplicate in other Unicode',
      tarGz([
        { path: 'caf\u00e9.png', content: 'x' },
        { path: 'cafe\u0301.png', content: 'y' },
      ]),
      /comes twice|no plain/,
    ],
    [
      'a large file',
      tarGz([good, { path: 'big.png', content: Buffer.alloc(10_001) }]),
      /10001 bytes, more than/,
    ],
    [
      'a bomb of zeros',
      gzipSync(Buffer.concat([tarOf([good]).subarray(0, 1024), Buffer.alloc(20_000_000)])),
      /more than 20 times/,
    ],
    [
      'a bomb in members',
      tarGz(Array.from({ length: 45 }, (_, i) => ({ path: `${i}.png`, content: Buffer.alloc(9000) }))),
      /20 times/,
    ],
    [
      'thousands of members',
      tarGz(Array.from({ length: 3000 }, (_, i) => ({ path: `e/${i}/`, type: '5' }))),
      /more than 50 members|20 times/,
    ],
    [
      'a huge claimed size',
      tarGz([good, { path: 'x.png', content: 'x', size: 0o77777777777 }]),
      /bytes, more than/,
    ],
    [
      'a size beyond all numbers',
      tarGz([good, { path: 'x.png', size: Buffer.alloc(12, 0x80).fill(0xff, 4) }]),
      /is refused/,
    ],
    [
      'a long name that climbs, as GNU tar writes it',
      tarGz([good, { path: '././@LongLink', type: 'L', content: '../../evil.png\0' }, { path: 'x.png' }]),
      /climbs out/,
    ],
    ['a file with holes', tarGz([good, { path: 's.png', type: 'S', content: 'x' }]), /SparseFile/],
    ['a name that turns its direction', tarGz([good, { path: 'a\u202egnp.png' }]), /no plain image name/],
    ['a name with an invisible sign', tarGz([good, { path: 'a\u200d.png' }]), /no plain image name/],
    ['a name that looks like an option', tarGz([good, { path: '-rf.png' }]), /no plain image name/],
    ['something behind the end', Buffer.concat([tarGz([good]), Buffer.from('more')]), /incorrect header/],
    [
      'a truncated gzip',
      tarGz([good, { path: 'x.png', content: randomish(9000) }]).subarray(0, 700),
      /unexpected end/,
    ],
    [
      'a truncated tar',
      gzipSync(tarOf([good, { path: 'x.png', content: randomish(9000) }]).subarray(0, 4000)),
      /is refused/,
    ],
    [
      'a broken checksum',
      gzipSync(flipped(tarOf([good, { path: 'x.png', content: 'x' }]), 1024 + 5)),
      /is refused/,
    ],
    [
      'a flipped byte in the gzip',
      flipped(tarGz([good, { path: 'x.png', content: randomish(9000) }]), 4000),
      /is refused/,
    ],
    ['a gzip in the gzip', gzipSync(tarGz([good])), /packed twice/],
    ['no gzip', tarOf([good]), /incorrect header/],
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /incorrect header/],
    ['nothing', Buffer.alloc(0), /is refused/],
    ['no image', tarGz([{ path: 'README', content: 'x' }]), /no PNG or JPEG/],
  ];

  test.each(hostile)('%s is refused and nothing is left', async (_, bytes, reason) => {
    const { outcome, files, taken } = await extract(bytes);
    expect(outcome).toMatchObject({ code: 'BAD_ARCHIVE', remedy: expect.any(String) });
    expect((outcome as Error).message).toContain('images.tar.gz is refused');
    expect((outcome as Error).message).toMatch(reason);
    // eslint-disable-next-line no-control-regex
    expect((outcome as Error).message).not.toMatch(/[\u0000-\u001f]/);
    expect(files).toEqual(['a']);
    expect(taken.size).toBe(0);
  });

  test('an image that an earlier archive brought is a duplicate too', async () => {
    const { outcome } = await extract(tarGz([good]), LIMITS, new Set(['good_0.png']));
    expect(outcome).toMatchObject({ code: 'BAD_ARCHIVE', message: expect.stringContaining('comes twice') });
  });

  test('five thousand small images are no attack', async () => {
    const members = Array.from({ length: 5_000 }, (_, i) => ({
      path: `images/${i}.png`,
      content: randomish(60, i),
    }));
    const { outcome } = await extract(tarGz(members), { ...LIMITS, entries: 5_000 });
    expect(outcome).toEqual({ images: 5_000, ignored: 0 });
  });

  test('stops with the reason of the signal and leaves nothing', async () => {
    const reason = new Error('enough');
    const { outcome, files } = await extract(tarGz([good]), LIMITS, new Set(), AbortSignal.abort(reason));
    expect(outcome).toBe(reason);
    expect(files).toEqual(['a']);
  });
});

/** Bytes that do not compress. */
function randomish(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761 + 12345;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    bytes[i] = state >>> 11;
  }
  return bytes;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 0xff;
  return copy;
}
