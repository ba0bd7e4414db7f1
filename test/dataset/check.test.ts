import { describe, expect, test } from '@jest/globals';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { readImageHeader } from '../../src/dataset/image-header.js';
import {
  checkDataset,
  formatDatasetReport,
  openDataset,
  problemsOf,
  synthesizeDataset,
} from '../../src/dataset/index.js';
import { randomIntegers } from '../support/random-numbers.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { writeDataset } from './dataset-fixture.js';
import { pngFile } from './png-fixture.js';

/** A picture of blots that no other seed has. */
function blots(seed: number): Buffer {
  const below = randomIntegers(seed);
  const grays = Array.from({ length: 64 }, () => below(256));
  return pngFile('gray', 8, 64, (x, y) => [grays[(y >> 3) * 8 + (x >> 3)] as number]);
}

const texts = (remarks: readonly { text: string }[]) => remarks.map(({ text }) => text);

describe('checkDataset', () => {
  test('counts images, patients and findings, and lists every problem', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const bad = Array.from({ length: 7 }, (_, i) => `c_${i}.png,Flu\n`).join('');
      const csv = `image_name,label\na_0.png,Mass|Edema\na_1.png,Mass\nb_0.png,No Finding\ngone_0.png,Mass\nd_0.png,Mass\n${bad}`;
      await writeDataset(path, csv, {
        'a_0.png': blots(1),
        'a_1.png': blots(2),
        'b_0.png': 3,
        'd_0.png': Buffer.from('no image'),
        'stray.png': 4,
      });
      const progress: number[] = [];
      const report = await checkDataset({ path, onProgress: ({ done }) => progress.push(done) });
      expect(report).toMatchObject({
        listed: 5,
        readable: 3,
        patients: 2,
        imagesOfBusiestPatient: 2,
        noFinding: 1,
        missing: ['gone_0.png'],
        unreadable: [{ name: 'd_0.png', reason: 'neither PNG nor JPEG' }],
        blank: ['b_0.png'],
        unlisted: 1,
        kinds: [
          { kind: '64x64 gray 8-bit PNG', images: 2 },
          { kind: '40x40 gray 8-bit PNG', images: 1 },
        ],
        duplicates: [],
        lookAlikes: [],
      });
      expect(progress).toEqual([2, 3, 4, 5]);
      expect([report.positives.Mass, report.positives.Edema, report.positives.Hernia]).toEqual([2, 1, 0]);
      expect(report.prevalence.Mass).toBeCloseTo(2 / 3);
      expect(await readdir(root)).toEqual(['data']);
      expect(texts(problemsOf(report))).toEqual([
        'rows of Data_Entry.csv left out: 7',
        'images missing: 1',
        'images unreadable: 1',
        'images of one gray: 1',
      ]);
      const text = formatDatasetReport(report);
      expect(text).toContain('images: 3 readable of 5 listed; patients: 2, with up to 2 images each');
      expect(text).toContain('2 of 64x64 gray 8-bit PNG, 1 of 40x40 gray 8-bit PNG');
      expect(text).toMatch(/Mass +2 +66\.7 %/);
      expect(text).toContain('rows of Data_Entry.csv left out: 7');
      expect(text).toContain('and 2 more');
      expect(text).toContain('d_0.png: neither PNG nor JPEG');
      expect(text).toContain('files in images/ that Data_Entry.csv does not list: 1');
      expect(text).toContain('no image shows Atelectasis');
    });
  });

  test('finds copies and near copies, and tells what they mean', async () => {
    await inTemporaryFolder(async (path) => {
      const rows = [
        'a_0.png,Mass',
        'a_1.png,Mass',
        'a_2.jpg,Mass',
        'b_0.png,Mass',
        'c_0.png,Edema',
        'c_1.png,Mass',
        'd_0.png,Mass',
      ];
      await writeDataset(path, `image_name,label\n${rows.join('\n')}\n`, {
        'a_0.png': blots(1),
        'a_1.png': blots(1),
        'a_2.jpg': await sharp(blots(1)).linear(0.7, 20).jpeg({ quality: 80 }).toBuffer(),
        'b_0.png': blots(2),
        'c_0.png': await sharp(blots(2)).png({ compressionLevel: 1 }).toBuffer(),
        'c_1.png': await sharp(blots(3)).png({ compressionLevel: 1 }).toBuffer(),
        'd_0.png': blots(4),
      });
      const { duplicates, ...report } = await checkDataset({ path });
      expect(duplicates).toEqual([
        {
          images: [
            { name: 'b_0.png', patient: 'b', findings: ['Mass'], in: 'this' },
            { name: 'c_0.png', patient: 'c', findings: ['Edema'], in: 'this' },
          ],
          similarity: 1,
          severalPatients: true,
          labelsDiffer: true,
        },
        {
          images: [
            { name: 'a_0.png', patient: 'a', findings: ['Mass'], in: 'this' },
            { name: 'a_1.png', patient: 'a', findings: ['Mass'], in: 'this', copyOf: 'a_0.png' },
            { name: 'a_2.jpg', patient: 'a', findings: ['Mass'], in: 'this' },
          ],
          similarity: expect.closeTo(1, 2),
          severalPatients: false,
          labelsDiffer: false,
        },
      ]);
      expect(texts(problemsOf({ ...report, duplicates }))).toEqual([
        'pictures that belong to several patients: 1',
        'files that are there more than once: 1',
      ]);
      expect(formatDatasetReport({ ...report, duplicates })).toContain(
        'a_0.png, a_1.png = a_0.png, a_2.jpg (similarity',
      );
    });
  });

  test('compares with another data set, by patient, name and picture, and with a list of one side', async () => {
    await inTemporaryFolder(async (root) => {
      const [train, validation, list] = [
        join(root, 'train'),
        join(root, 'validation'),
        join(root, 'list.txt'),
      ];
      await writeDataset(train, 'image_name,label\na_0.png,Mass\nb_0.png,Mass\nc_0.png,Mass\n', {
        'a_0.png': blots(1),
        'b_0.png': blots(2),
        'c_0.png': blots(3),
      });
      await writeDataset(validation, 'image_name,label\na_1.png,Mass\nc_0.png,Mass\nz_9.png,Mass\n', {
        'a_1.png': blots(5),
        'c_0.png': blots(6),
        'z_9.png': blots(2),
      });
      const report = await checkDataset({ path: train, other: validation });
      expect(report.overlap).toEqual({
        images: ['c_0.png'],
        patients: ['a', 'c'],
        with: validation,
        kind: 'folder',
      });
      expect(
        report.duplicates.map(({ images }) => images.map((image) => `${image.in} ${image.name}`)),
      ).toEqual([['this b_0.png', 'other z_9.png']]);
      expect(texts(problemsOf(report))).toEqual([
        'pictures that are in both data sets: 1',
        `patients on both sides of ${validation}: 2`,
        `image names on both sides of ${validation}: 1`,
      ]);
      await writeFile(list, 'a_1.png\nz_9.png\n');
      expect((await checkDataset({ path: validation, other: list })).overlap).toMatchObject({
        kind: 'list',
        images: [],
        patients: [],
      });
      await writeFile(list, 'c_5.png\nz_9.png\n');
      expect((await checkDataset({ path: validation, other: list })).overlap?.patients).toEqual(['c']);
    });
  });

  test('takes pixels from an up-to-date cache when asked to, with the same result', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const cacheDirectory = join(root, 'cache');
      const csv = 'image_name,label\na_0.png,Mass\nb_0.png,Mass\nc_0.png,Mass\nd_0.png,Mass\n';
      await writeDataset(path, csv, {
        'a_0.png': blots(1),
        'b_0.png': Buffer.from('x'),
        'c_0.png': blots(1),
        'd_0.png': 9,
      });
      const decoded = await checkDataset({ path, cacheDirectory, quick: true });
      expect(decoded.fromCache).toBe(false); // there is none yet
      await openDataset({ path, imageSize: 96, cacheDirectory });
      const cached = await checkDataset({ path, cacheDirectory, quick: true });
      expect(cached).toEqual({ ...decoded, fromCache: true });
      expect(cached.duplicates).toHaveLength(1);
      expect(formatDatasetReport(cached)).toContain('pixels from the pixel cache');
      await utimes(join(path, 'images', 'a_0.png'), 1_000_000, 1_000_000); // no longer what was cached
      expect((await checkDataset({ path, cacheDirectory, quick: true })).fromCache).toBe(false);
    });
  });

  test('draws an example of each finding, and duplicates side by side', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const sheet = join(root, 'sheet.png');
      const csv = 'image_name,label\na_0.png,Mass|Edema\nb_0.png,Mass\nc_0.png,No Finding\nd_0.png,Mass\n';
      await writeDataset(path, csv, {
        'a_0.png': blots(1),
        'b_0.png': blots(2),
        'c_0.png': blots(3),
        'd_0.png': blots(2),
      });
      const report = await checkDataset({ path, sheet });
      expect(report.sheet).toEqual({
        path: sheet,
        tiles: [
          { row: 1, column: 1, name: 'a_0.png', in: 'this', shows: 'Edema' },
          { row: 1, column: 2, name: 'b_0.png', in: 'this', shows: 'Mass' },
          { row: 1, column: 3, name: 'c_0.png', in: 'this', shows: 'No Finding' },
          { row: 2, column: 1, name: 'b_0.png', in: 'this', shows: 'like d_0.png (1)' },
          { row: 2, column: 2, name: 'd_0.png', in: 'this', shows: 'like b_0.png (1)' },
        ],
      });
      expect(readImageHeader(await readFile(sheet))).toMatchObject({ width: 1180, height: 396 });
      const tile = { left: 4, top: 200, width: 388, height: 192 };
      const { data } = await sharp(sheet)
        .extract(tile)
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const gray = (x: number, y: number) => data[y * tile.width + x];
      expect([gray(90, 90), gray(180, 20)]).toEqual([gray(196 + 90, 90), gray(196 + 180, 20)]);
      expect(formatDatasetReport(report)).toContain('row 2, column 2: d_0.png, like b_0.png (1)');
    });
  });

  test('drawn phantoms, which all resemble each other, are looked through for exact copies', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'phantoms');
      await synthesizeDataset({ path, images: 40, seed: 1, size: 32 });
      const report = await checkDataset({ path });
      expect(problemsOf(report)).toEqual([]);
      expect(formatDatasetReport(report)).toContain('drawn phantoms');
    });
  });

  test('says before it reads anything that a sheet cannot be written', async () => {
    await inTemporaryFolder(async (root) => {
      const sheet = join(root, 'absent', 'sheet.png');
      await expect(checkDataset({ path: root, sheet })).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: expect.stringContaining('--sheet'),
      });
    });
  });

  test('warns that a data set with one patient cannot be split', async () => {
    await inTemporaryFolder(async (path) => {
      await writeDataset(path, 'image_name,label\na_0.png,Mass\na_1.png,Mass\n', {
        'a_0.png': 1,
        'a_1.png': 2,
      });
      expect(formatDatasetReport(await checkDataset({ path }))).toContain('only one patient');
    });
  });

  test('a folder that is not there is one clear error', async () => {
    await expect(checkDataset({ path: '/no/such/folder' })).rejects.toMatchObject({
      code: 'DATASET_MISSING',
    });
  });
});
