import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDataset, formatDatasetReport, openDataset, splitByPatient } from '../../src/dataset/index.js';
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
