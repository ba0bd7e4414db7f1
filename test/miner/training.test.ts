import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/common/index.js';
import { modelSpec, openDevice, plainRecipe, type Recipe, Trainer } from '../../src/engine/index.js';
import type { EpochRow } from '../../src/miner/epoch-log.js';
import { endText, train, type TrainingEnd, type TrainingOptions } from '../../src/miner/training.js';
import { rows, writePixelCache } from '../support/pixel-cache.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const device = await openDevice({ kind: 'cpu', threads: 1 });

/** A real training of a small network on 32 images in batches of 8. */
async function inTraining(
  folder: string,
  body: (o: { trainer: Trainer; options: TrainingOptions; best: number[] }) => Promise<void>,
  { labels, ...changes }: Partial<Recipe> & { labels?: (row: number) => number } = {},
): Promise<void> {
  using trainer = await Trainer.open({
    spec: modelSpec('mobile', { imageSize: 32, options: { width: 0.25 } }),
    cachePath: await writePixelCache(folder, { imageSize: 32, images: 40, ...(labels ? { labels } : {}) }),
    trainIndices: rows(32),
    validationIndices: rows(8, 32),
    batchSize: 8,
    recipe: plainRecipe({ optimizer: 'adamw', ...changes }),
    seed: 7,
    device,
    checkpointPath: join(folder, 'checkpoint'),
    resume: true,
  });
  const best: number[] = [];
  let bestLoss = Infinity;
  const options: TrainingOptions = {
    trainer,
    numEpochs: 3,
    patience: 0,
    batchSize: 8,
    accumulate: 1,
    saveModelPeriod: 30,
    history: join(folder, 'history.jsonl'),
    bestLoss: () => bestLoss,
    onBest: ({ epoch, evaluation }) => {
      best.push(epoch);
      bestLoss = evaluation.loss;
      return Promise.resolve();
    },
    log: silentLog,
    now: () => new Date(0),
  };
  await body({ trainer, options, best });
}

async function history(folder: string): Promise<EpochRow[]> {
  const text = await readFile(join(folder, 'history.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EpochRow);
}

/** Losses by epoch: what must not depend on interruptions. */
const losses = (all: EpochRow[]) => all.map(({ epoch, validationLoss }) => [epoch, validationLoss]);

describe('training', () => {
  test('validates each epoch and offers exactly those that are better than all before', () =>
    inTemporaryFolder((folder) =>
      inTraining(folder, async ({ trainer, options, best }) => {
        await train(options);
        const all = await history(folder);
        expect(all.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
        expect(best).toEqual(all.filter((row) => row.best).map(({ epoch }) => epoch));
        expect(best[0]).toBe(1);
        expect(trainer.position()).toMatchObject({ epoch: 3, batch: 0 });
      }),
    ));

  test('offers nothing that does not beat the best of an earlier run', () =>
    inTemporaryFolder((folder) =>
      inTraining(folder, async ({ options, best }) => {
        await train({ ...options, bestLoss: () => 0 });
        expect(best).toEqual([]);
      }),
    ));

  test('an abort in the middle of an epoch keeps the position, and the next run ends as if nothing had been', async () => {
    let uninterrupted: unknown;
    await inTemporaryFolder((folder) =>
      inTraining(folder, async ({ options }) => {
        await train(options);
        uninterrupted = losses(await history(folder));
      }),
    );
    await inTemporaryFolder(async (folder) => {
      const stop = new Error('Ctrl-C');
      await inTraining(folder, async ({ trainer, options }) => {
        const controller = new AbortController();
        const stopping: TrainingOptions['trainer'] = {
          resumed: false,
          position: () => trainer.position(),
          standing: () => trainer.standing(),
          validate: (o) => trainer.validate(o),
          saveCheckpoint: () => trainer.saveCheckpoint(),
          trainEpoch: (o) => {
            if (trainer.position().epoch === 1) controller.abort(stop);
            return trainer.trainEpoch(o);
          },
        };
        await expect(train({ ...options, trainer: stopping, signal: controller.signal })).rejects.toBe(stop);
      });
      await inTraining(folder, async ({ trainer, options }) => {
        expect(trainer.resumed).toBe(true);
        expect(trainer.position().epoch).toBe(1);
        await train(options);
        // Epoch 1 ends with a checkpoint, so that its validation is looked at again.
        const all = losses(await history(folder));
        expect(all.slice(-3)).toEqual(uninterrupted);
      });
    });
  });

  test('an epoch that was stopped before its validation is validated by the next run', () =>
    inTemporaryFolder(async (folder) => {
      await inTraining(folder, async ({ trainer, options }) => {
        const stop = new Error('Ctrl-C');
        const controller = new AbortController();
        const stopping: TrainingOptions['trainer'] = {
          resumed: false,
          position: () => trainer.position(),
          standing: () => trainer.standing(),
          validate: (o) => {
            controller.abort(stop);
            return trainer.validate(o);
          },
          saveCheckpoint: () => trainer.saveCheckpoint(),
          trainEpoch: (o) => trainer.trainEpoch(o),
        };
        await expect(train({ ...options, trainer: stopping, signal: controller.signal })).rejects.toBe(stop);
      });
      await inTraining(folder, async ({ options, best }) => {
        await train({ ...options, numEpochs: 1 });
        expect(best).toEqual([1]);
      });
    }));

  test('a loss that is no number ends training with what to do, and the last good checkpoint stays', () =>
    inTemporaryFolder(async (folder) => {
      await inTraining(folder, async ({ options }) => {
        await train({ ...options, numEpochs: 1 });
      });
      const wild = async ({ options }: { options: TrainingOptions }) => {
        await expect(train({ ...options, numEpochs: 50 })).rejects.toMatchObject({
          code: 'TRAINING_DIVERGED',
          remedy: expect.stringContaining('--learning_rate'),
        });
      };
      await inTraining(folder, wild, { learningRate: 1000, weightDecay: 1000 });
      await inTraining(folder, async ({ trainer, options }) => {
        const { loss } = await trainer.validate();
        expect(Number.isFinite(loss)).toBe(true);
        expect(options.trainer.resumed).toBe(true);
      });
    }));
});

describe('early stopping', () => {
  /** Nothing to find in the images that are trained on, everything in the others: each epoch is worse than the first. */
  const labels = (row: number) => (row < 32 ? 0 : 0x3fff);

  test('ends after so many epochs without a better loss, and a restart does not begin to count anew', () =>
    inTemporaryFolder(async (folder) => {
      const ends: TrainingEnd[] = [];
      const run = (patience: number) =>
        inTraining(
          folder,
          async ({ options }) => {
            ends.push(await train({ ...options, numEpochs: -1, patience }));
          },
          { labels },
        );
      await run(2);
      expect((await history(folder)).map(({ epoch, best }) => [epoch, best])).toEqual([
        [1, true],
        [2, false],
        [3, false],
      ]);
      await run(2);
      expect(await history(folder)).toHaveLength(3);
      await run(3);
      expect((await history(folder)).map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
      expect(ends).toEqual(['patience', 'patience', 'patience']);
    }));

  test('never comes with a patience of 0', () =>
    inTemporaryFolder((folder) =>
      inTraining(
        folder,
        async ({ options }) => {
          expect(await train({ ...options, numEpochs: 4, patience: 0 })).toBe('epochs');
          expect(await history(folder)).toHaveLength(4);
        },
        { labels },
      ),
    ));

  test('is told with the best epoch, what goes on and what begins anew', () => {
    const standing = { bestLoss: 0.1458, bestEpoch: 7, epochsWithoutImprovement: 5, learningRate: 1e-4 };
    const text = endText('patience', standing, 5);
    expect(text).toMatch(
      /no better validation loss in 5 epochs.*0\.145800, in epoch 7.*--patience.*--restart/,
    );
    expect(endText('epochs', standing, 5)).toContain('All epochs are done');
  });
});
