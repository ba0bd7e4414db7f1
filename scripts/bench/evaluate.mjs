// @ts-check
import { engineModule } from './built.mjs';
import { forwardOperations } from './flops.mjs';
import { startSample, summarise, takeSamples } from './meter.mjs';
import { writeSyntheticCache } from './synthetic-cache.mjs';
import { weightsPath } from './train.mjs';

/** @typedef {import('./train.mjs').CaseSettings} CaseSettings */

/** Work of one call, about: a second or a few. */
const CALL_OPERATIONS = 1e12;
const MOST_BATCHES = 40;

/**
 * The validator's evaluation of a weights file. What counts is the rate from the end of a call's first batch to the end
 * of its last; what comes before (reading the weights, folding and packing them) is `setupMs`, once a model.
 * @param {CaseSettings} settings
 */
export async function measureEvaluate(settings) {
  const { arch, precision, batch, size, threads, folder } = settings;
  const { evaluateWeights, modelSpec, openDevice } = await engineModule();
  const fitting = Math.round(CALL_OPERATIONS / (forwardOperations(arch, size) * batch));
  const batches = 1 + Math.max(3, Math.min(MOST_BATCHES, fitting));
  const { cachePath, indices } = await writeSyntheticCache(folder, {
    imageSize: size,
    images: batch * batches,
  });
  const options = {
    spec: modelSpec(arch, { imageSize: size }),
    weightsPath: weightsPath(folder),
    cachePath,
    indices,
    batchSize: batch,
    device: await openDevice(threads === undefined ? { kind: 'cpu' } : { kind: 'cpu', threads }),
    precision,
  };
  let [setupMs, loss] = [Infinity, 0];
  const call = async () => {
    const start = performance.now();
    /** @type {{images: number, at: number}[]} */
    const reports = [];
    let end = startSample();
    const verdict = await evaluateWeights({
      ...options,
      onProgress: (/** @type {{images: number}} */ { images }) => {
        if (reports.length === 0) end = startSample();
        reports.push({ images, at: performance.now() });
      },
    });
    if (!verdict.ok) throw new Error(`The evaluation was refused: ${verdict.detail}`);
    loss = verdict.evaluation.loss;
    const [first, last] = [reports[0], reports.at(-1)];
    if (first === undefined || last === undefined || first === last) throw new Error('There was no progress');
    const sample = end((last.images - first.images) / batch, (last.at - first.at) / 1000);
    setupMs = Math.min(setupMs, first.at - start - (sample.seconds * 1000 * first.images) / batch);
    return sample;
  };
  await call();
  const samples = await takeSamples(
    { wanted: Math.min(3, settings.steps), limitSeconds: settings.limit },
    call,
  );
  return { loss, setupMs: Math.max(0, Math.round(setupMs)), ...summarise(samples, batch) };
}
