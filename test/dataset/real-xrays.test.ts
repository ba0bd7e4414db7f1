import { expect, test } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import {
  checkDataset,
  formatDatasetReport,
  openDataset,
  readEntries,
  splitByPatient,
} from '../../src/dataset/index.js';
import { sharedPath } from '../support/shared.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const nih = sharedPath('data/nih');
if (nih === undefined)
  console.warn('Skipped: no real X-rays (HEALTHTENSOR_TEST_SHARED names no folder with data/nih)');
const testWithXrays = nih === undefined ? test.skip : test;

testWithXrays('733 real X-rays are read, counted, split and cached', async () => {
  await inTemporaryFolder(async (cacheDirectory) => {
    const path = nih as string;
    const report = await checkDataset({ path });
    expect(report).toMatchObject({
      listed: 733,
      readable: 733,
      missing: [],
      unreadable: [],
      badRows: [],
      unlisted: 0,
    });
    expect(report).toMatchObject({
      noFinding: 360,
      positives: { Effusion: 134, Cardiomegaly: 78, Hernia: 9 },
    });
    expect(formatDatasetReport(report)).toContain('no problems');
    // No two of these films are one picture.
    expect(report.duplicates).toEqual([]);
    expect(report.lookAlikes.filter(({ severalPatients }) => severalPatients)).toEqual([]);
    const dataset = await openDataset({ path, imageSize: 64, cacheDirectory });
    expect(dataset.images[1]).toEqual({
      name: '00000001_001.png',
      patient: '00000001',
      labels: (1 << 1) | (1 << 5),
    });
    const bytes = await readFile(join(cacheDirectory, 'pixels-64.htc'));
    expect(bytes.length).toBe(4096 + 733 * (64 * 64 + 2));
    const pixels = bytes.subarray(4096, 4096 + 733 * 64 * 64);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    expect(mean).toBeGreaterThan(90);
    expect(mean).toBeLessThan(160);
    const { train, validation } = splitByPatient(dataset.images, { validationFraction: 0.2, seed: 1 });
    expect(train.length + validation.length).toBe(733);
    expect(validation.length / 733).toBeCloseTo(0.2, 1);
  });
});

testWithXrays(
  'changed copies of real X-rays under other names are found, all of them and nothing else',
  async () => {
    await inTemporaryFolder(async (path) => {
      const { entries } = await readEntries(nih as string);
      const changes: ((image: Sharp) => Sharp)[] = [
        (image) => image.jpeg({ quality: 60 }),
        (image) => image.linear(0.7, 30).png(),
        (image) => image.gamma(1.4).png(),
        (image) => image.blur(1).png(),
        (image) => image.resize(128, 128).png(),
      ];
      const originals = entries.filter((_, i) => i % 3 === 0);
      const rows = originals.map(({ name }) => `${name},No Finding`);
      await mkdir(join(path, 'images'));
      for (const [i, { name }] of originals.entries()) {
        const original = await readFile(join(nih as string, 'images', name));
        await writeFile(join(path, 'images', name), original);
        if (i % 5 !== 0) continue;
        const copy = `copy${i}_0.png`;
        const change = changes[(i / 5) % changes.length] as (typeof changes)[number];
        await writeFile(join(path, 'images', copy), await change(sharp(original)).toBuffer());
        rows.push(`${copy},No Finding`);
      }
      await writeFile(join(path, 'Data_Entry.csv'), `image_name,label\n${rows.join('\n')}\n`);
      const { duplicates } = await checkDataset({ path });
      const found = duplicates.map(({ images }) => images.map(({ name }) => name).sort());
      const expected = rows.slice(originals.length).map((row) => {
        const copy = row.split(',', 1)[0] as string;
        return [originals[Number(/\d+/.exec(copy)?.[0])]?.name, copy];
      });
      expect(found.sort()).toEqual(expected.sort());
      expect(duplicates.every(({ severalPatients }) => severalPatients)).toBe(true);
    });
  },
);
