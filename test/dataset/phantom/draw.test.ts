import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawPhantom } from '../../../src/dataset/phantom/draw.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { compileSources } from '../compiled-sources.js';

const draw = (labels: number, name = 'p_0', size = 32) =>
  drawPhantom({ seed: 1, patient: 'p', name, labels, size });

describe('drawPhantom', () => {
  test('is deterministic, and differs from image to image of a patient', () => {
    expect(Buffer.from(draw(0)).equals(Buffer.from(draw(0)))).toBe(true);
    expect(Buffer.from(draw(0)).equals(Buffer.from(draw(0, 'p_1')))).toBe(false);
  });

  test('looks like a chest: dark air outside, dark lungs, bright heart between them', () => {
    const pixels = draw(0, 'p_0', 64);
    const around = (x: number, y: number) => {
      let sum = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++)
          sum += pixels[(Math.round(y * 64) + dy) * 64 + Math.round(x * 64) + dx] as number;
      }
      return sum / 9;
    };
    expect(around(0.03, 0.04)).toBeLessThan(25);
    for (const lung of [0.25, 0.75]) expect(around(lung, 0.4)).toBeLessThan(130);
    expect(around(0.55, 0.63)).toBeGreaterThan(150);
    expect(around(0.5, 0.9)).toBeGreaterThan(150);
  });

  test('each finding can be learnt by a linear model of coarse features, and chance cannot', async () => {
    await inTemporaryFolder(async (folder) => {
      await compileSources(folder);
      const program = join(folder, 'test/dataset/phantom/learn-phantoms.js');
      const { stdout } = await promisify(execFile)(process.execPath, [program]);
      const { auroc, byChance } = JSON.parse(stdout) as { auroc: number[]; byChance: number };
      expect(auroc).toHaveLength(14);
      expect(auroc.filter((value) => value > 0.75).length).toBeGreaterThanOrEqual(12);
      expect(Math.min(...auroc)).toBeGreaterThan(0.6);
      expect(auroc.reduce((sum, value) => sum + value, 0) / 14).toBeGreaterThan(0.88);
      expect(Math.abs(byChance - 0.5)).toBeLessThan(0.15);
    });
  });
});
