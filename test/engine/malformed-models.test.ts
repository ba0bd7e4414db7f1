import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  configFaults,
  malformedSafetensors,
  oddSafetensors,
} from '../../scripts/fixtures/malformed/malformed-models.mjs';
import { mutated } from '../../scripts/fixtures/malformed/mutations.mjs';
import { randomNumbers } from '../../scripts/random-numbers.mjs';
import { expectedTensors, inspectWeights, matchTensors, modelSpec } from '../../src/engine/index.js';
import { modelConfig, parseModelConfig, parseSafetensorsHead } from '../../src/hub/index.js';
import { uniform } from '../support/safetensors.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

/** Mutated files; HEALTHTENSOR_FUZZ asks for more. */
const FUZZ = Number(process.env.HEALTHTENSOR_FUZZ ?? 1000);

const spec = modelSpec('cnn', {
  imageSize: 32,
  channels: 1,
  options: { filters: '2', hidden: 2, dropout: 0 },
});
const expected = await expectedTensors(spec);
if (!expected.ok) throw new Error(expected.detail);
const tensors = expected.tensors
  .map(({ name, shape }, stream) => {
    const values = Float32Array.from(
      uniform(
        stream,
        shape.reduce((product, size) => product * size, 1),
      ),
    );
    return { name, shape, values };
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** What is known by the header alone. */
function verdictOnHeader(file: Buffer) {
  const header = parseSafetensorsHead(file, file.length);
  return header.ok && expected.ok ? matchTensors(header.entries, expected.tensors) : header;
}

/** The addon's verdicts on files, one after the other. */
async function eachInspected(
  files: Iterable<Buffer>,
  look: (file: Buffer, verdict: Awaited<ReturnType<typeof inspectWeights>>) => void,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const weightsPath = join(folder, 'model.safetensors');
    for (const file of files) {
      await writeFile(weightsPath, file);
      look(file, await inspectWeights({ spec, weightsPath }));
    }
  });
}

/** Whether the reference reader (huggingface/safetensors) would take the header, which is to be laxer than ours. */
function referenceAccepts(file: Buffer): boolean {
  const end = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(file.subarray(8, end).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  let place = 0;
  for (const {
    dtype,
    shape,
    data_offsets: [begin, stop],
  } of Object.values(entries).sort(
    (a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )) {
    const bits =
      { BOOL: 8, F16: 16, BF16: 16, F32: 32, F64: 64 }[dtype] ??
      Number(/^[IU](8|16|32|64)$/.exec(dtype)?.[1]);
    const numbers = shape.reduce((product, size) => product * size, 1);
    if (!shape.every((size) => Number.isInteger(size) && size >= 0)) return false;
    if (begin !== place || stop - begin !== (numbers * bits) / 8) return false;
    place = stop;
  }
  return end + place === file.length && Object.values(metadata).every((value) => typeof value === 'string');
}

const CONFIG = JSON.parse(Buffer.from(modelConfig(spec, {})).toString()) as Record<string, unknown>;
const malformed = malformedSafetensors(tensors);
const odd = oddSafetensors(tensors);

describe('the corpus of malformed files', () => {
  test('has at least 200 of weights and 100 configurations, all different', () => {
    expect(malformed.length).toBeGreaterThanOrEqual(200);
    for (const faults of [malformed, configFaults(CONFIG)]) {
      expect(new Set(faults.map(([name]) => name)).size).toBe(faults.length);
      expect(new Set(faults.map(([, bytes]) => bytes.toString('base64'))).size).toBe(faults.length);
    }
  });

  test('of weights is refused by both readers with the same words', async () => {
    const names = malformed[Symbol.iterator]();
    await eachInspected(
      malformed.map(([, file]) => file),
      (file, inspected) => {
        const name = names.next().value?.[0];
        expect({ name, ...inspected }).toMatchObject({ name, ok: false, code: 'BAD_SAFETENSORS' });
        expect({ name, ...verdictOnHeader(file) }).toEqual({ name, ...inspected });
      },
    );
  });

  test('of weights that are only odd is accepted by both, as the same model', async () => {
    const digests = new Set<string>();
    await eachInspected(
      odd.map(([, file]) => file),
      (file, inspected) => {
        if (!inspected.ok) throw new Error(inspected.detail);
        digests.add(inspected.tensorDigest);
        expect(verdictOnHeader(file)).toEqual({ ok: true, parameters: inspected.parameters });
        expect(referenceAccepts(file)).toBe(true);
      },
    );
    expect(digests.size).toBe(1);
  });

  test('of configurations is refused, at the latest by the architecture', async () => {
    for (const [name, bytes] of configFaults(CONFIG)) {
      const config = parseModelConfig(bytes);
      const verdict = config.ok ? await expectedTensors(config.spec) : config;
      expect({ name, ...verdict }).toMatchObject({ name, ok: false });
      if (!verdict.ok) expect(['BAD_CONFIG', 'UNKNOWN_ARCHITECTURE', 'TOO_LARGE']).toContain(verdict.code);
    }
  });
});

test(`${FUZZ} mutated files are read alike by both readers, and none is accepted that the reference refuses`, async () => {
  const random = randomNumbers(5);
  const files = [...malformed, ...Array<typeof odd>(25).fill(odd).flat()]
    .map(([, file]) => file)
    .filter(({ length }) => length < 5000);
  const codes = new Map<string, number>();
  const mutations = Array.from({ length: FUZZ }, () => mutated(files, random));
  await eachInspected(mutations, (file, inspected) => {
    const code = inspected.ok ? 'sound' : inspected.code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    const byHeader = verdictOnHeader(file);
    if (code === 'NOT_FINITE') expect(byHeader.ok).toBe(true);
    else if (inspected.ok) expect(byHeader).toEqual({ ok: true, parameters: inspected.parameters });
    else expect(byHeader).toEqual(inspected);
    if (code !== 'BAD_SAFETENSORS') expect(referenceAccepts(file)).toBe(true);
  });
  expect([...codes.keys()]).toEqual(expect.arrayContaining(['sound', 'BAD_SAFETENSORS', 'TENSOR_MISMATCH']));
});

test(`${FUZZ} mutated configurations are refused or become a model that the addon knows or refuses`, async () => {
  const random = randomNumbers(6);
  const sound = Buffer.from(JSON.stringify(CONFIG));
  const files = [...Array<Buffer>(100).fill(sound), ...configFaults(CONFIG).map(([, bytes]) => bytes)];
  let models = 0;
  for (let i = 0; i < FUZZ; i += 1) {
    const config = parseModelConfig(mutated(files, random));
    if (config.ok && (await expectedTensors(config.spec)).ok) models += 1;
  }
  expect(models).toBeGreaterThan(0);
  expect(models).toBeLessThan(FUZZ);
});
