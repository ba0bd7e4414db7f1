import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Progress, type Recipe, Trainer, modelSpec } from '../../src/engine/index.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { readSafetensors, safetensors, uniform } from '../support/safetensors.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** What scripts/fixtures/make-training-fixtures.py writes. */
interface TrainingFixture {
  images: number;
  imageSize: number;
  pixelStream: number;
  shapes: Record<string, number[]>;
  cases: {
    title: string;
    recipe: Recipe;
    losses: number[];
    rates: number[];
    weights: Record<string, number[]>;
  }[];
}

const fixture = JSON.parse(
  await readFile(join(import.meta.dirname, 'fixtures', 'training.json'), 'utf8'),
) as TrainingFixture;

/** The weights that both trainings start from, as a file. */
function firstWeights(): Buffer {
  return safetensors(
    Object.entries(fixture.shapes).map(([name, shape], stream) => {
      const product = (sizes: number[]) => sizes.reduce((a, b) => a * b, 1);
      const scale = shape.length > 1 ? Math.sqrt(6 / product(shape.slice(1))) : 0.2;
      const values = Float32Array.from(uniform(stream, product(shape)), (unit) => (unit * 2 - 1) * scale);
      return { name, shape, values };
    }),
  );
}

describe('a recipe', () => {
  test.each(fixture.cases)('trains as torch does: $title', async ({ recipe, losses, rates, weights }) => {
    await inTemporaryFolder(async (folder) => {
      const { images, imageSize } = fixture;
      const gray = uniform(fixture.pixelStream, images * imageSize * imageSize);
      const pretrained = join(folder, 'first.safetensors');
      await writeFile(pretrained, firstWeights());
      using trainer = await Trainer.open(
        await smallTraining(folder, {
          spec: modelSpec('cnn', {
            imageSize,
            channels: 1,
            options: { filters: '4', hidden: 8, dropout: 0 },
          }),
          cachePath: await writePixelCache(folder, {
            imageSize,
            images,
            gray: (row, x, y) => Math.floor((gray[(row * imageSize + y) * imageSize + x] ?? 0) * 256),
          }),
          trainIndices: rows(images),
          batchSize: images,
          validationIndices: rows(images),
          recipe,
          pretrained,
        }),
      );
      expect(trainer.pretrainedHead).toBe(true);
      const seen: Progress[] = [];
      for (let step = 0; step < losses.length; step += 1) {
        await trainer.trainEpoch({ onProgress: (progress) => seen.push(progress) });
      }
      const difference = (found: Iterable<number>, wanted: readonly number[]) =>
        Math.max(...Array.from(found, (value, i) => Math.abs(value - (wanted[i] ?? NaN))));
      expect(seen).toHaveLength(losses.length);
      expect(
        difference(
          seen.map(({ learningRate }) => learningRate),
          rates,
        ),
      ).toBeLessThan(1e-12);
      expect(
        difference(
          seen.map(({ loss }) => loss),
          losses,
        ),
      ).toBeLessThan(2e-6);

      const path = join(folder, 'trained.safetensors');
      await trainer.saveWeights(path);
      const { tensor } = readSafetensors(await readFile(path));
      for (const [name, wanted] of Object.entries(weights)) {
        expect(difference(tensor(name).subarray(0, wanted.length), wanted)).toBeLessThan(2e-5);
      }
    });
  });
});
