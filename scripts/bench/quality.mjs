// @ts-check
// npm run bench:quality: the same training by the engine in fp32 and bf16 and by PyTorch; see docs/benchmarks.md.
// One line of JSON a run on standard output, tables on standard error.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { runProgram, tail } from '../run-program.mjs';
import { runCommand, SetupError } from '../setup-error.mjs';
import { distModule, engineModule } from './built.mjs';
import { QUALITY_USAGE, parseQualityArguments } from './quality-arguments.mjs';
import { qualityTables } from './quality-tables.mjs';

/** @typedef {import('./quality-tables.mjs').Run} Run */

const PYTHON_SCRIPT = fileURLToPath(new URL('python/train_same.py', import.meta.url));
/** The images of a patient stay on one side; the same split for all runs, so that seeds differ in weights and order. */
const SPLIT = { validationFraction: 0.2, seed: 1 };

/**
 * Trains with the engine; its first weights are written when a path is given.
 * @param {any} options of the trainer
 * @param {number} epochs
 * @param {string} [firstWeights]
 */
async function train(options, epochs, firstWeights) {
  const { Trainer } = await engineModule();
  const trainer = await Trainer.open(options);
  if (firstWeights !== undefined) await trainer.saveWeights(firstWeights);
  const history = [];
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const { loss: trainLoss } = await trainer.trainEpoch();
    const { loss, meanAuroc } = await trainer.validate();
    history.push({ trainLoss, loss, meanAuroc });
  }
  trainer.dispose();
  return history;
}

/** @param {string} python @param {object} plan @param {string} folder @param {(run: Run) => void} onRun */
async function trainWithTorch(python, plan, folder, onRun) {
  const path = join(folder, 'plan.json');
  await writeFile(path, JSON.stringify(plan));
  const result = await runProgram(python, [PYTHON_SCRIPT, path]);
  if (result.status !== 0) throw new SetupError(`PyTorch's training failed:\n${tail(result.output, 12)}`);
  for (const line of result.stdout.split('\n')) if (line.startsWith('{')) onRun(JSON.parse(line));
}

await runCommand(async () => {
  const args = parseQualityArguments(process.argv.slice(2));
  const { modelSpec, openDevice, plainRecipe } = await engineModule();
  const { openDataset, splitByPatient } = await distModule('dataset/index.js');
  const folder = await mkdtemp(join(tmpdir(), 'healthtensor-quality-'));
  try {
    const dataset = await openDataset({ path: args.dataset, imageSize: args.size, cacheDirectory: folder });
    const split = splitByPatient(dataset.images, SPLIT);
    const spec = modelSpec(args.network.architecture, {
      imageSize: args.size,
      options: args.network.options,
    });
    const device = await openDevice(
      args.threads === undefined ? { kind: 'cpu' } : { kind: 'cpu', threads: args.threads },
    );
    /** @type {Run[]} */
    const runs = [];
    const add = (/** @type {Run} */ run) => {
      runs.push(run);
      process.stdout.write(`${JSON.stringify(run)}\n`);
    };
    const planned = [];
    for (let seed = 1; seed <= args.seeds; seed += 1) {
      const weightsPath = join(folder, `first-${seed}.safetensors`);
      for (const precision of /** @type {const} */ (['fp32', 'bf16'])) {
        const options = {
          spec,
          cachePath: dataset.cachePath,
          trainIndices: split.train,
          validationIndices: split.validation,
          batchSize: args.batch,
          recipe: plainRecipe({ precision, learningRate: args.rate }),
          seed,
          device,
          checkpointPath: join(folder, 'checkpoint'),
          resume: false,
        };
        const first = precision === 'fp32' ? weightsPath : undefined;
        add({ who: precision, seed, epochs: await train(options, args.epochs, first) });
      }
      planned.push({ seed, weightsPath });
    }
    if (args.python !== undefined) {
      const plan = {
        ...{ cachePath: dataset.cachePath, imageSize: args.size, mean: spec.mean, std: spec.std },
        ...{ architecture: spec.architecture, options: spec.options, threads: device.threads },
        ...{ train: [...split.train], validation: [...split.validation], runs: planned },
        ...{ batch: args.batch, epochs: args.epochs, learningRate: args.rate },
      };
      await trainWithTorch(args.python, plan, folder, add);
    }
    if (!args.json) {
      const sides = `${split.train.length} images to train on, ${split.validation.length} to validate`;
      process.stderr.write(`\n${sides}\n\n${qualityTables(runs)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, QUALITY_USAGE);
