import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Evaluation, evaluateWeights } from '../../src/engine/index.js';
import { GRAYSCALE_SPEC, grayscaleModel } from '../support/grayscale-model.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { safetensors } from '../support/safetensors.js';
import { DEVICE } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** What scikit-learn said; see scripts/fixtures/make-metric-fixtures.py. */
interface MetricFixture {
  gray: number[];
  labels: number[];
  slope: number[];
  shift: number[];
  loss: number;
  auroc: (number | null)[];
  auprc: (number | null)[];
  brier: number[];
  ece: number[];
}

async function evaluated(
  images: { gray: number[]; labels: number[] },
  model: { slope: number | number[]; shift: number | number[] },
): Promise<Evaluation> {
  return await inTemporaryFolder(async (folder) => {
    const weightsPath = join(folder, 'model.safetensors');
    await writeFile(weightsPath, safetensors(grayscaleModel(model.slope, model.shift)));
    const count = images.gray.length;
    const cachePath = await writePixelCache(folder, {
      imageSize: 32,
      images: count,
      gray: (row) => images.gray[row] ?? 0,
      labels: (row) => images.labels[row] ?? 0,
    });
    const options = { spec: GRAYSCALE_SPEC, weightsPath, cachePath, indices: rows(count), device: DEVICE };
    const verdict = await evaluateWeights(options);
    if (!verdict.ok) throw new Error(`${verdict.code}: ${verdict.detail}`);
    return verdict.evaluation;
  });
}

test('every figure is what scikit-learn computes, with many equal scores', async () => {
  const url = new URL('fixtures/metrics.json', import.meta.url);
  const fixture = JSON.parse(await readFile(url, 'utf8')) as MetricFixture;
  const evaluation = await evaluated(fixture, fixture);
  expect(evaluation.loss).toBeCloseTo(fixture.loss, 6);
  // A finding in no image, one in all and one in a single image are among them.
  expect(fixture.auroc.filter((area) => area === null)).toHaveLength(3);
  for (const figure of ['auroc', 'auprc'] as const) {
    fixture[figure].forEach((wanted, finding) => {
      const found = evaluation[figure][finding];
      if (wanted === null) expect([figure, finding, found]).toEqual([figure, finding, null]);
      else expect(found).toBeCloseTo(wanted, 12);
    });
  }
  for (const figure of ['brier', 'ece'] as const) {
    fixture[figure].forEach((wanted, finding) => expect(evaluation[figure][finding]).toBeCloseTo(wanted, 6));
  }
  const mean = (figures: (number | null)[]) => {
    const defined = figures.filter((value) => value !== null);
    return defined.reduce((sum, value) => sum + value, 0) / defined.length;
  };
  expect(evaluation.meanAuroc).toBeCloseTo(mean(fixture.auroc), 12);
  expect(evaluation.meanAuprc).toBeCloseTo(mean(fixture.auprc), 12);
  expect(evaluation.meanBrier).toBeCloseTo(mean(fixture.brier), 6);
  expect(evaluation.meanEce).toBeCloseTo(mean(fixture.ece), 6);
});

test('equal scores are one threshold: with all scores the same the AUPRC is the share of positives', async () => {
  const images = { gray: Array<number>(10).fill(100), labels: [1, 1, 1, 0, 0, 0, 0, 0, 0, 0] };
  const { auroc, auprc } = await evaluated(images, { slope: 1, shift: 0 });
  expect(auroc[0]).toBe(0.5);
  expect(auprc[0]).toBeCloseTo(0.3, 15);
});

test('a certain model has no calibration error when it is right and the largest when it is wrong', async () => {
  const images = { gray: [0, 0, 255, 255], labels: [0, 0, 1, 1] };
  const right = await evaluated(images, { slope: 400, shift: -200 });
  expect(right.auprc[0]).toBe(1);
  for (const error of [right.brier[0], right.ece[0]]) expect(error).toBeCloseTo(0, 15);
  const wrong = await evaluated(images, { slope: -400, shift: 200 });
  expect(wrong.auroc[0]).toBe(0);
  for (const error of [wrong.brier[0], wrong.ece[0]]) expect(error).toBeCloseTo(1, 15);
});

test('probabilities that are right on average over a bin have no calibration error there, but a Brier score', async () => {
  const images = { gray: [0, 0, 0, 0], labels: [1, 1, 0, 0] };
  const { brier, ece } = await evaluated(images, { slope: 1, shift: 0 });
  expect(ece[0]).toBe(0);
  expect(ece[1]).toBe(0.5);
  expect(brier[0]).toBe(0.25);
});
