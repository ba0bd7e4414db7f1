import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { expectedTensors, modelSpec } from '../../src/engine/index.js';
import { modelConfig, SAFETENSORS_HEAD_BYTES } from '../../src/hub/index.js';
import { judgeModelFolder } from '../../src/validator/model-gates.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { SPEC, trainedWeights } from './published-model.js';

/** A model folder, changed by `change`, as the validator's gates judge it. */
async function judged(
  change: (folder: string) => Promise<unknown> = () => Promise.resolve(),
  maxImageSize = 64,
) {
  return inTemporaryFolder(async (folder) => {
    await copyFile(await trainedWeights(folder, { seed: 1, epochs: 0 }), join(folder, 'model.safetensors'));
    await writeFile(join(folder, 'config.json'), modelConfig(SPEC, {}));
    await change(folder);
    return judgeModelFolder(folder, { maxImageSize });
  });
}

test('a sound model folder passes, with its specification and the size of its network', async () => {
  const verdict = await judged();
  expect(verdict).toMatchObject({ ok: true, spec: SPEC });
  if (verdict.ok) expect(verdict.parameters).toBeGreaterThan(10_000);
});

test.each([
  ['BAD_CONFIG', 'an input larger than is evaluated', () => Promise.resolve(), 31],
  [
    'TOO_LARGE',
    'a config without end',
    (folder: string) => writeFile(join(folder, 'config.json'), ' '.repeat(1e6)),
    64,
  ],
  [
    'TOO_LARGE',
    'weights of a gigabyte',
    (folder: string) => truncate(join(folder, 'model.safetensors'), 2 ** 30),
    64,
  ],
  [
    'BAD_SAFETENSORS',
    'weights cut short',
    (folder: string) => truncate(join(folder, 'model.safetensors'), 5000),
    64,
  ],
  [
    'TENSOR_MISMATCH',
    'weights of another architecture',
    (folder: string) =>
      writeFile(join(folder, 'config.json'), modelConfig(modelSpec('cnn', { imageSize: 32 }), {})),
    64,
  ],
])('%s: %s', async (code, _, change, maxImageSize) => {
  expect(await judged(change, maxImageSize)).toMatchObject({ ok: false, code });
});

test.each([
  ['res', { layers: 101 }],
  ['efficient', { width: 1.2, depth: 1.4 }],
  ['vgg', { layers: 19, batch_norm: 1 }],
])(
  'the header of the deepest %s network fits three times, in whatever style it is written',
  async (name, options) => {
    const expected = await expectedTensors(modelSpec(name, { imageSize: 32, options }));
    if (!expected.ok) throw new Error(expected.detail);
    const entries = expected.tensors.map((tensor) => [
      tensor.name,
      { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [500_000_000, 600_000_000] },
    ]);
    const header = JSON.stringify(Object.fromEntries(entries), null, 2);
    expect(3 * header.length).toBeLessThan(SAFETENSORS_HEAD_BYTES);
  },
);
