import { copyFile, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Trainer, type TrainerOptions, modelSpec, plainRecipe } from '../../src/engine/index.js';
import { pixelCacheBytes, rows, writePixelCache } from '../support/pixel-cache.js';
import { CHECKSUM_BLOCK, CHECKSUM_BYTES, setPosition } from '../support/checkpoint.js';
import { DIVERGING, smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

async function savedWeights(trainer: Trainer, folder: string): Promise<Buffer> {
  const path = join(folder, 'weights.safetensors');
  await trainer.saveWeights(path);
  return await readFile(path);
}

/** Trains until about the third batch and leaves a checkpoint there. */
async function interruptedTraining(training: TrainerOptions): Promise<number> {
  using trainer = await Trainer.open(training);
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  await expect(trainer.trainEpoch({ signal: controller.signal, onProgress })).rejects.toThrow();
  await trainer.saveCheckpoint();
  return trainer.position().batch;
}

/** Changes one byte in the middle. */
async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(path, bytes);
}

describe('a checkpoint', () => {
  test.each([
    { architecture: 'cnn', options: {}, imageSize: 32 },
    { architecture: 'mobile', options: { width: 0.25 }, imageSize: 64 },
  ])(
    'lets $architecture go on in mid-epoch to the same bits',
    async ({ architecture, options, imageSize }) => {
      await inTemporaryFolder(async (folder) => {
        const training = await smallTraining(folder, {
          spec: modelSpec(architecture, { imageSize, options }),
          cachePath: await writePixelCache(folder, { imageSize, images: 40 }),
          // So many batches that the first one's report is heard before the last.
          trainIndices: Uint32Array.from(rows(160), (row) => row % 40),
          batchSize: 2,
        });
        using uninterrupted = await Trainer.open(training);
        const losses = [await uninterrupted.trainEpoch(), await uninterrupted.trainEpoch()];
        const wanted = await savedWeights(uninterrupted, folder);

        const batch = await interruptedTraining(training);
        expect(batch).toBeGreaterThan(0);
        expect(batch).toBeLessThan(80);
        using resumed = await Trainer.open({ ...training, resume: true });
        expect(resumed.resumed).toBe(true);
        expect(resumed.position()).toEqual({ epoch: 0, batch, batches: 80 });
        expect((await resumed.trainEpoch()).loss).toBe(losses[0]?.loss);
        expect((await resumed.trainEpoch()).loss).toBe(losses[1]?.loss);
        expect(wanted.equals(await savedWeights(resumed, folder))).toBe(true);
      });
    },
  );

  test('is written every so many batches, counted over epochs, and leaves no other files', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder);
      using trainer = await Trainer.open(training);
      await trainer.trainEpoch({ checkpointEvery: 3, checkpointShare: 1 });
      await trainer.trainEpoch({ checkpointEvery: 3, checkpointShare: 1 });
      expect((await readdir(folder)).sort()).toEqual(['checkpoint', 'checkpoint.previous', 'pixels-32.htc']);
      using last = await Trainer.open({ ...training, resume: true });
      expect(last.position()).toEqual({ epoch: 1, batch: 2, batches: 4 });
      const checkpointPath = `${training.checkpointPath}.previous`;
      using previous = await Trainer.open({ ...training, checkpointPath, resume: true });
      expect(previous.position()).toEqual({ epoch: 0, batch: 3, batches: 4 });
    });
  });

  test('is put off while writing it would take more than its share of the time', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { batchSize: 2, resume: true });
      using trainer = await Trainer.open(training);
      await trainer.saveCheckpoint();
      // Writing it took at least some 100 microseconds, of which this share would be hours.
      await trainer.trainEpoch({ checkpointEvery: 1, checkpointShare: 1e-8 });
      using untouched = await Trainer.open(training);
      expect(untouched.position()).toMatchObject({ epoch: 0, batch: 0 });
      await trainer.trainEpoch({ checkpointEvery: 1, checkpointShare: 1 });
      using written = await Trainer.open(training);
      expect(written.position()).toMatchObject({ epoch: 2, batch: 0 });
    });
  });

  test('that is missing means a fresh start, and so does not asking for it', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { resume: true });
      using fresh = await Trainer.open(training);
      expect(fresh.resumed).toBe(false);
      await fresh.trainEpoch({ checkpointEvery: 1, checkpointShare: 1 });
      using restarted = await Trainer.open({ ...training, resume: false });
      expect(restarted.resumed).toBe(false);
      expect(restarted.position().epoch).toBe(0);
    });
  });

  test('that is damaged gives way to the one before it, with a note', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { resume: true });
      using trainer = await Trainer.open(training);
      await trainer.trainEpoch({ checkpointEvery: 2, checkpointShare: 1 });
      await damage(training.checkpointPath);
      using resumed = await Trainer.open(training);
      expect(resumed.position()).toMatchObject({ epoch: 0, batch: 2 });
      expect(resumed.note).toMatch(/damaged.*checksum/);
      // The next one must replace the damaged file, not push the sound one out.
      await resumed.saveCheckpoint();
      await damage(training.checkpointPath);
      using again = await Trainer.open(training);
      expect(again.position()).toMatchObject({ epoch: 0, batch: 2 });
    });
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ['changed', damage],
    ['truncated', (path) => truncate(path, 1000)],
    ['empty', (path) => truncate(path, 0)],
    ['something else', (path) => writeFile(path, Buffer.alloc(5000, 1))],
  ])('that is %s, with none before it, is an error that names the way out', async (_, spoil) => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { resume: true });
      using trainer = await Trainer.open(training);
      await trainer.saveCheckpoint();
      await spoil(training.checkpointPath);
      await expect(Trainer.open(training)).rejects.toMatchObject({
        code: 'CHECKPOINT_DAMAGED',
        remedy: expect.stringContaining('--restart') as unknown,
      });
    });
  });

  test('of another training is refused with what differs', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { resume: true });
      using trainer = await Trainer.open(training);
      await trainer.saveCheckpoint();
      const otherData = join(folder, 'other.htc');
      const bytes = pixelCacheBytes({ imageSize: 32, images: 40 });
      bytes.fill(9, 32, 64);
      await writeFile(otherData, bytes);
      const others: [Partial<TrainerOptions>, RegExp][] = [
        [{ spec: modelSpec('mobile', { imageSize: 32, channels: 1 }) }, /architecture is cnn, not mobile/],
        [{ seed: 8 }, /seed is 7, not 8/],
        [{ batchSize: 4 }, /batch size is 8, not 4/],
        [{ trainIndices: rows(32, 1) }, /training images/],
        [{ cachePath: otherData }, /data set/],
      ];
      for (const [changes, message] of others) {
        await expect(Trainer.open({ ...training, ...changes })).rejects.toMatchObject({
          code: 'CHECKPOINT_MISMATCH',
          message: expect.stringMatching(message) as unknown,
          remedy: expect.stringContaining('--restart') as unknown,
        });
      }
      using slower = await Trainer.open({ ...training, recipe: plainRecipe({ learningRate: 1e-4 }) });
      expect(slower.resumed).toBe(true);
    });
  });

  test('that could not be written leaves the one before in place', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder);
      const missing = join(folder, 'gone', 'checkpoint');
      using trainer = await Trainer.open({ ...training, checkpointPath: missing });
      await expect(trainer.trainEpoch({ checkpointEvery: 1, checkpointShare: 1 })).rejects.toMatchObject({
        code: 'WRITE_FAILED',
      });
      expect(trainer.position().batch).toBe(1);
    });
  });

  test('that was removed gives way to the one before it, with a note', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { resume: true });
      using trainer = await Trainer.open(training);
      await trainer.trainEpoch({ checkpointEvery: 2, checkpointShare: 1 });
      await rm(training.checkpointPath);
      using resumed = await Trainer.open(training);
      expect(resumed.position()).toMatchObject({ epoch: 0, batch: 2 });
      expect(resumed.note).toMatch(/missing.*the one before/);
    });
  });

  test('whose length is a whole number of the checksum blocks is sound', async () => {
    await inTemporaryFolder(async (folder) => {
      // With this network only some characters are missing to the next block; mean and seed are texts in the file.
      const spec = modelSpec('mobile', { imageSize: 32, channels: 1, options: { width: 0.4 } });
      const plain = await smallTraining(folder, {
        spec: { ...spec, mean: [0] },
        recipe: plainRecipe({ emaDecay: 0.9 }),
        seed: 1,
        resume: true,
      });
      const size = async (training: TrainerOptions) => {
        using trainer = await Trainer.open({ ...training, resume: false });
        await trainer.saveCheckpoint();
        return (await stat(training.checkpointPath)).size - CHECKSUM_BYTES;
      };
      let missing = CHECKSUM_BLOCK - ((await size(plain)) % CHECKSUM_BLOCK);
      expect(missing).toBeLessThan(50);
      const mean = [0].map((zero) => {
        // 2 ** -k has k + 2 characters: 0.5, 0.25 and so on.
        const more = Math.min(14, missing);
        if (more < 2) return zero;
        missing -= more;
        return 2 ** (1 - more);
      });
      const training = { ...plain, spec: { ...spec, mean }, seed: 10 ** missing };
      expect((await size(training)) % CHECKSUM_BLOCK).toBe(0);
      using resumed = await Trainer.open(training);
      expect(resumed.resumed).toBe(true);
    });
  });

  test.each([
    ['a batch beyond the end of the epoch', { batch: 4n, steps: 4n }],
    ['a batch before its beginning', { batch: -1n, steps: -1n }],
    ['a number of steps that does not belong to epoch and batch', { steps: 9n }],
    ['images of no batch', { images: 8n }],
    ['fewer images than none', { images: -8n }],
    ['an epoch whose steps are beyond all numbers', { epoch: 2n ** 62n }],
  ])('at %s is damaged, though its checksum fits', async (_, position) => {
    await inTemporaryFolder(async (folder) => {
      const spec = modelSpec('mobile', { imageSize: 32, channels: 1, options: { width: 0.25 } });
      const training = await smallTraining(folder, { spec, resume: true });
      using trainer = await Trainer.open(training);
      await trainer.saveCheckpoint();
      const file = await readFile(training.checkpointPath);
      setPosition(file, position);
      await writeFile(training.checkpointPath, file);
      await expect(Trainer.open(training)).rejects.toMatchObject({
        code: 'CHECKPOINT_DAMAGED',
        message: expect.stringContaining('position') as unknown,
      });
    });
  });

  test('is the last good one after a loss that is no number, and so are the weights in memory', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder, { recipe: DIVERGING, resume: true });
      using trainer = await Trainer.open(training);
      await expect(trainer.trainEpoch({ checkpointEvery: 1, checkpointShare: 1 })).rejects.toMatchObject({
        code: 'NOT_FINITE',
      });
      const weights = await savedWeights(trainer, folder);
      using resumed = await Trainer.open(training);
      expect(resumed.position()).toEqual(trainer.position());
      expect(resumed.position().batch).toBeGreaterThan(0);
      expect(weights.equals(await savedWeights(resumed, folder))).toBe(true);
    });
  });

  test('takes away what a process left that was killed while it wrote one', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder);
      const others = ['checkpoint.0123456789abcdef', 'checkpoint.mine.tmp', 'weights.0123456789abcdef.tmp'];
      for (const name of ['checkpoint.0123456789abcdef.tmp', ...others])
        await writeFile(join(folder, name), '');
      using trainer = await Trainer.open(training);
      await trainer.saveCheckpoint();
      expect((await readdir(folder)).sort()).toEqual(['checkpoint', ...others, 'pixels-32.htc'].sort());
    });
  });

  test('that was copied elsewhere goes on there', async () => {
    await inTemporaryFolder(async (folder) => {
      const training = await smallTraining(folder);
      using trainer = await Trainer.open(training);
      await trainer.trainEpoch({ checkpointEvery: 4, checkpointShare: 1 });
      const copy = join(folder, 'copy');
      await copyFile(training.checkpointPath, copy);
      await rm(training.checkpointPath);
      using resumed = await Trainer.open({ ...training, checkpointPath: copy, resume: true });
      expect(resumed.position()).toEqual({ epoch: 1, batch: 0, batches: 4 });
    });
  });
});
