import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  NO_AUGMENTATION,
  type Progress,
  type Recipe,
  Trainer,
  type TrainerOptions,
  modelSpec,
  plainRecipe,
  resolvePrecision,
} from '../../src/engine/index.js';
import { rows } from '../support/pixel-cache.js';
import { readSafetensors } from '../support/safetensors.js';
import { smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** The learning rates of the first and the last of the four steps of each epoch. */
async function rates(recipe: Recipe, epochs: number): Promise<[number, number][]> {
  return await inTemporaryFolder(async (folder) => {
    using trainer = await Trainer.open(await smallTraining(folder, { recipe }));
    const found: [number, number][] = [];
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      const first = trainer.standing().learningRate;
      let last = NaN;
      await trainer.trainEpoch({ onProgress: ({ learningRate }) => (last = learningRate) });
      found.push([first, last]);
    }
    return found;
  });
}

/** All weights after some epochs. */
async function weightsAfter(folder: string, training: TrainerOptions, epochs: number): Promise<Float32Array> {
  using trainer = await Trainer.open(training);
  for (let epoch = 0; epoch < epochs; epoch += 1) await trainer.trainEpoch();
  const path = join(folder, 'model.safetensors');
  await trainer.saveWeights(path);
  const { header, tensor } = readSafetensors(await readFile(path));
  return Float32Array.from(Object.keys(header).flatMap((name) => [...tensor(name)]));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('a recipe', () => {
  test.each<[string, Partial<Recipe>]>([
    ['learningRate', { learningRate: NaN }],
    ['learningRate', { learningRate: 1001 }],
    ['backboneRate', { backboneRate: -1 }],
    ['weightDecay', { weightDecay: Infinity }],
    ['warmupEpochs', { warmupEpochs: -0.5 }],
    ['scheduleEpochs', { schedule: 'cosine', scheduleEpochs: 0 }],
    ['scheduleEpochs', { schedule: 'cosine', scheduleEpochs: 2, warmupEpochs: 2 }],
    ['plateauFactor', { plateauFactor: 1 }],
    ['minimumRate', { minimumRate: 1.1 }],
    ['clipNorm', { clipNorm: -1 }],
    ['emaDecay', { emaDecay: 1 }],
    ['labelSmoothing', { labelSmoothing: 1 }],
    ['augmentation.flip', { augmentation: { ...NO_AUGMENTATION, flip: 1.5 } }],
    ['fp16', { precision: 'fp16' }],
    ['augmented', { backboneRate: 0, augmentation: { ...NO_AUGMENTATION, shift: 0.1 } }],
    ['featureCache', { backboneRate: 0 }],
  ])('that cannot be is refused by name: %s', async (name, changes) => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { recipe: plainRecipe(changes) });
      await expect(Trainer.open(training)).rejects.toMatchObject({
        name: 'HealthTensorError',
        code: 'BAD_RECIPE',
        message: expect.stringContaining(name) as unknown,
      });
    });
  });

  test.each<[string, Partial<Record<keyof Recipe, unknown>>]>([
    ['optimizer', { optimizer: 'sgd' }],
    ['schedule', { schedule: 'step' }],
    ['precision', { precision: 'int8' }],
    ['accumulate', { accumulate: 0 }],
    ['plateauPatience', { plateauPatience: 1.5 }],
  ])('with a word or number of the wrong kind is refused: %s', async (name, changes) => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { recipe: { ...plainRecipe(), ...changes } as Recipe });
      await expect(Trainer.open(training)).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
        message: expect.stringContaining(name) as unknown,
      });
    });
  });

  test('warms up to the end of each step, and then follows a cosine from the beginning of each', async () => {
    const recipe = plainRecipe({
      learningRate: 1,
      warmupEpochs: 0.5,
      schedule: 'cosine',
      scheduleEpochs: 2.5,
      minimumRate: 0.1,
    });
    const found = await rates(recipe, 3);
    // Four steps an epoch: two of warm-up, eight of cosine, then the minimum.
    const cosine = (step: number) => 0.1 + (0.9 * (1 + Math.cos((Math.PI * (step - 2)) / 8))) / 2;
    const wanted = [
      [0.5, cosine(3)],
      [cosine(4), cosine(7)],
      [cosine(8), 0.1],
    ];
    found.flat().forEach((rate, i) => expect(rate).toBeCloseTo(wanted.flat()[i] ?? NaN, 12));
  });

  test('lowers its rate at a plateau, down to the minimum, and remembers how long nothing got better', async () => {
    await inTemporaryFolder(async (folder) => {
      const recipe = plainRecipe({
        learningRate: 1e-30,
        schedule: 'plateau',
        plateauPatience: 2,
        plateauFactor: 0.1,
        minimumRate: 0.005,
      });
      const training = await smallTraining(folder, { recipe, resume: true });
      const standings = [];
      for (let epoch = 0; epoch < 8; epoch += 1) {
        // Each in a new run: a restart changes nothing.
        using trainer = await Trainer.open(training);
        await trainer.trainEpoch();
        await trainer.validate();
        // The epoch is counted once, however often it is validated.
        await trainer.validate({ precision: 'bf16' });
        standings.push(trainer.standing());
        await trainer.saveCheckpoint();
      }
      // With such a rate nothing changes: the first validation stays the best.
      expect(standings.map(({ bestEpoch }) => bestEpoch)).toEqual(Array(8).fill(1));
      expect(standings.map((standing) => standing.epochsWithoutImprovement)).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7,
      ]);
      const factors = standings.map(({ learningRate }) => learningRate / 1e-30);
      [1, 1, 0.1, 0.1, 0.01, 0.01, 0.005, 0.005].forEach((factor, i) =>
        expect(factors[i]).toBeCloseTo(factor, 9),
      );
      expect(standings[0]?.bestLoss).toBeGreaterThan(0);
    });
  });

  test('has no standing before the first epoch is validated', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder));
      const none = { bestLoss: null, bestEpoch: 0, epochsWithoutImprovement: 0, learningRate: 1e-3 };
      expect(trainer.standing()).toEqual(none);
      await trainer.validate();
      expect(trainer.standing()).toEqual(none);
      await trainer.trainEpoch();
      const { loss } = await trainer.validate();
      expect(trainer.standing()).toMatchObject({ bestLoss: loss, bestEpoch: 1 });
    });
  });

  test.each([
    ['an even number of images', 64],
    ['a last step of one batch and a last batch of one more', 49],
  ])(
    'accumulates small batches to the step of a large one, dropout and augmentation included: %s',
    async (_, images) => {
      await inTemporaryFolder(async (folder) => {
        const augmentation = { ...NO_AUGMENTATION, rotation: 10, shift: 0.1, noise: 0.05 };
        const training = await smallTraining(folder, {
          trainIndices: Uint32Array.from(rows(images), (row) => row % 40),
        });
        const after = (batchSize: number, accumulate: number) =>
          weightsAfter(
            folder,
            { ...training, batchSize, recipe: plainRecipe({ accumulate, augmentation, clipNorm: 1 }) },
            2,
          );
        const large = await after(16, 1);
        expect(largestDifference(await after(8, 2), large)).toBeLessThan(1e-5);
        expect(largestDifference(await after(4, 4), large)).toBeLessThan(1e-5);
        expect(largestDifference(await after(8, 1), large)).toBeGreaterThan(1e-3);
      });
    },
  );

  test('with averaged weights validates and saves the average, batch norm included', async () => {
    await inTemporaryFolder(async (folder) => {
      const spec = modelSpec('mobile', { imageSize: 32, channels: 1, options: { width: 0.25, hidden: 0 } });
      const training = await smallTraining(folder, { spec });
      const validated = async (emaDecay: number) => {
        using trainer = await Trainer.open({ ...training, recipe: plainRecipe({ emaDecay }) });
        await trainer.trainEpoch();
        const path = join(folder, `model-${emaDecay}`);
        await trainer.saveWeights(path);
        const { tensor } = readSafetensors(await readFile(path));
        const { loss } = await trainer.validate();
        const trained = (await trainer.trainEpoch()).loss;
        return { loss, trained, weights: tensor('conv_stem.weight'), means: tensor('bn1.running_mean') };
      };
      const last = await validated(0);
      const average = await validated(0.9);
      // The training itself is the same.
      expect(average.trained).toBe(last.trained);
      expect(average.loss).not.toBe(last.loss);
      expect(largestDifference(average.weights, last.weights)).toBeGreaterThan(1e-6);
      expect(largestDifference(average.means, last.means)).toBeGreaterThan(1e-6);
    });
  });

  test('in bf16 keeps float32 weights and comes to about the loss of fp32', async () => {
    await inTemporaryFolder(async (folder) => {
      const loss = async (precision: 'fp32' | 'bf16') => {
        using trainer = await Trainer.open(
          await smallTraining(folder, { recipe: plainRecipe({ precision }) }),
        );
        for (let epoch = 0; epoch < 4; epoch += 1) await trainer.trainEpoch();
        return (await trainer.validate()).loss;
      };
      const exact = await loss('fp32');
      const rounded = await loss('bf16');
      expect(rounded).not.toBe(exact);
      expect(Math.abs(rounded - exact)).toBeLessThan(0.02);
    });
  });

  test('of automatic precision takes bf16 where the device is built for it', () => {
    expect(resolvePrecision('auto', { bfloat16: true })).toBe('bf16');
    expect(resolvePrecision('auto', { bfloat16: false })).toBe('fp32');
    expect(resolvePrecision('auto', {})).toBe('fp32');
    expect(resolvePrecision('auto', { kind: 'cuda', bfloat16: false })).toBe('fp16');
    expect(resolvePrecision('fp32', { bfloat16: true })).toBe('fp32');
  });

  test('reports progress with the rate of the step', async () => {
    await inTemporaryFolder(async (folder) => {
      using trainer = await Trainer.open(await smallTraining(folder));
      const seen: Progress[] = [];
      await trainer.trainEpoch({ onProgress: (progress) => seen.push(progress) });
      expect(seen.at(-1)).toMatchObject({ phase: 'train', learningRate: 1e-3 });
    });
  });
});
