import { describe, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDataset, formatDatasetReport } from '../../src/dataset/index.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { writeDataset } from './dataset-fixture.js';

describe('checkDataset', () => {
  test('counts images, patients and findings, and lists every problem', async () => {
    await inTemporaryFolder(async (root) => {
      const path = join(root, 'data');
      const bad = Array.from({ length: 7 }, (_, i) => `c_${i}.png,Flu\n`).join('');
      const csv = `image_name,label\na_0.png,Mass|Edema\na_1.png,Mass\nb_0.png,No Finding\ngone_0.png,Mass\nd_0.png,Mass\n${bad}`;
      await writeDataset(path, csv, {
        'a_0.png': 1,
        'a_1.png': 2,
        'b_0.png': 3,
        'd_0.png': Buffer.from('no image'),
        'stray.png': 4,
      });
      const report = await checkDataset({ path });
      expect(report).toMatchObject({
        listed: 5,
        readable: 3,
        patients: 2,
        imagesOfBusiestPatient: 2,
        noFinding: 1,
        missing: ['gone_0.png'],
        unreadable: [{ name: 'd_0.png', reason: 'neither PNG nor JPEG' }],
        unlisted: 1,
      });
      expect([report.positives.Mass, report.positives.Edema, report.positives.Hernia]).toEqual([2, 1, 0]);
      expect(report.prevalence.Mass).toBeCloseTo(2 / 3);
      expect(await readdir(root)).toEqual(['data']);
      const text = formatDatasetReport(report);
      expect(text).toContain('3 readable images of 5 listed, 2 patients (at most 2 images each)');
      expect(text).toMatch(/Mass +2 +66\.7 %/);
      expect(text).toContain('7 rows of Data_Entry.csv left out');
      expect(text).toContain('and 2 more');
      expect(text).toContain('d_0.png: neither PNG nor JPEG');
      expect(text).toContain('1 files in images/ are not listed');
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
