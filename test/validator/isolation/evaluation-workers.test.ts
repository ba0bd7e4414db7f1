import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Log, silentLog } from '../../../src/common/index.js';
import {
  evaluateWeights,
  inspectWeights,
  type Progress,
  weightsDistance,
} from '../../../src/engine/index.js';
import {
  EvaluationWorkers,
  type EvaluationWorkersOptions,
} from '../../../src/validator/isolation/evaluation-workers.js';
import { childrenOf, runs } from '../../support/child-processes.mjs';
import { startNode } from '../../support/command.js';
import { GRAYSCALE_SPEC as SPEC, grayscaleModel } from '../../support/grayscale-model.js';
import { rows, writePixelCache } from '../../support/pixel-cache.js';
import { safetensors } from '../../support/safetensors.js';
import { DEVICE } from '../../support/small-training.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';

const BASE = { device: DEVICE, log: silentLog };
const MISBEHAVING = join(import.meta.dirname, 'misbehaving-worker.mjs');

async function withWorkers<T>(
  options: Partial<EvaluationWorkersOptions>,
  body: (workers: EvaluationWorkers) => Promise<T>,
): Promise<T> {
  const workers = await EvaluationWorkers.open({ ...BASE, ...options });
  try {
    return await body(workers);
  } finally {
    await workers.close();
  }
}

/** What `inspect` of the misbehaving worker ends in. */
async function deed(workers: EvaluationWorkers, name: string, folder = tmpdir()): Promise<string> {
  const verdict = await workers.inspect({ spec: SPEC, weightsPath: join(folder, name) });
  return verdict.ok ? 'ok' : `${verdict.code}: ${verdict.detail}`;
}

describe('evaluation workers', () => {
  let workers: EvaluationWorkers;
  beforeAll(async () => {
    workers = await EvaluationWorkers.open({ ...BASE });
  });
  afterAll(() => workers.close());

  test('say what the engine says in this process, with progress', async () => {
    await inTemporaryFolder(async (folder) => {
      const weightsPath = join(folder, 'model.safetensors');
      await writeFile(weightsPath, safetensors(grayscaleModel(1, 0)));
      const cachePath = await writePixelCache(folder, { imageSize: 32, images: 40 });
      const task = { spec: SPEC, weightsPath, cachePath, indices: rows(37, 2), batchSize: 16 };
      const seen: Progress[] = [];
      const there = await workers.evaluate({ ...task, onProgress: (progress) => seen.push(progress) });
      const here = await evaluateWeights({ ...task, device: DEVICE });
      expect(there).toEqual(here);
      expect(here.ok).toBe(true);
      expect(seen.at(-1)).toMatchObject({ phase: 'evaluate', images: 37, batches: 3 });
      expect(await workers.inspect({ spec: SPEC, weightsPath })).toEqual(
        await inspectWeights({ spec: SPEC, weightsPath }),
      );
      const otherPath = join(folder, 'other.safetensors');
      await writeFile(otherPath, safetensors(grayscaleModel(2, 0.1)));
      const pair = { spec: SPEC, weightsPath, otherPath };
      expect(await workers.distance(pair)).toEqual(await weightsDistance(pair));
    });
  });

  test('pass on verdicts about the file and errors of ours', async () => {
    await inTemporaryFolder(async (folder) => {
      const weightsPath = join(folder, 'model.safetensors');
      await writeFile(weightsPath, 'no safetensors');
      expect(await workers.inspect({ spec: SPEC, weightsPath })).toMatchObject({ code: 'BAD_SAFETENSORS' });
      const missing = workers.inspect({ spec: SPEC, weightsPath: join(folder, 'missing') });
      await expect(missing).rejects.toMatchObject({
        name: 'HealthTensorError',
        code: 'READ_FAILED',
        remedy: expect.stringContaining('ulimit') as unknown,
      });
      await writeFile(weightsPath, safetensors(grayscaleModel(1, 0)));
      const cachePath = await writePixelCache(folder, { imageSize: 32, images: 4 });
      const beyond = workers.evaluate({ spec: SPEC, weightsPath, cachePath, indices: rows(5) });
      await expect(beyond).rejects.toMatchObject({ code: 'BAD_INDEX' });
    });
  });

  test('name what is wrong when a worker cannot start', async () => {
    const opening = EvaluationWorkers.open({ ...BASE, program: '/nowhere.mjs' });
    await expect(opening).rejects.toMatchObject({
      code: 'EVALUATION_WORKER',
      message: expect.stringContaining('nowhere.mjs') as unknown,
    });
    const elsewhere = { ...DEVICE, kind: 'cuda' as const, indices: [63] };
    const device = EvaluationWorkers.open({ ...BASE, device: elsewhere });
    await expect(device).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
  });
});

describe('a misbehaving evaluation worker', () => {
  const limits = { silenceMs: 30_000, taskMs: 30_000, memoryBytes: 2 ** 29 };
  const misbehaving = (
    body: (workers: EvaluationWorkers) => Promise<void>,
    more: Partial<typeof limits> = {},
  ) => withWorkers({ program: MISBEHAVING, limits: { ...limits, ...more } }, body);

  test('never meets another task', () =>
    misbehaving(async (workers) => {
      const first = await deed(workers, 'pid');
      expect(first).toMatch(/^BAD_CONFIG: \d+$/);
      expect(await runs(Number(first.split(' ')[1]))).toBe(false);
      expect(await deed(workers, 'pid')).not.toBe(first);
    }));

  test.each([
    ['exit', /^EVALUATION_FAILED: .*ended with code 7/],
    ['crash', /^EVALUATION_FAILED: .*ended by SIGSEGV/],
    ['killed', /^OUT_OF_MEMORY: .*the system killed it/],
    ['garbage', /^EVALUATION_FAILED: .*a frame of/],
    ['grow', /^OUT_OF_MEMORY: .*MiB of at most 512 MiB/],
    ['doubtful', /^OUT_OF_MEMORY: \d+$/],
  ])('that does "%s" twice costs this model a verdict, and the next one nothing', (name, verdict) =>
    misbehaving(async (workers) => {
      expect(await deed(workers, name)).toMatch(verdict);
      expect(await deed(workers, 'pid')).toMatch(/^BAD_CONFIG: \d+$/);
    }),
  );

  test('is not believed when its answer makes no sense, and cut short when it is long', () =>
    misbehaving(async (workers) => {
      expect(await deed(workers, 'no-verdict')).toMatch(/^EVALUATION_FAILED: .*makes no sense/);
      expect(await deed(workers, 'long-story')).toBe(`BAD_SAFETENSORS: ${'x'.repeat(4096)}`);
    }));

  test.each(['exit', 'doubtful'])('that does "%s" once costs nothing', (name) =>
    inTemporaryFolder(async (folder) => {
      // What is logged before the second try is what tells the worker that it is the second.
      const log = new Log({
        level: 'WARNING',
        write: (line) => writeFileSync(join(folder, `once-${name}`), line),
      });
      await withWorkers({ program: MISBEHAVING, log, limits }, async (workers) => {
        expect(await deed(workers, `once-${name}`, folder)).toBe('BAD_CONFIG: second try');
      });
      expect(await readFile(join(folder, `once-${name}`), 'utf8')).toContain('on a fresh evaluation worker');
    }),
  );

  test.each(['hang', 'spin'])('that goes on for ever (%s) is killed when it is silent for too long', (name) =>
    misbehaving(
      async (workers) => {
        expect(await deed(workers, name)).toMatch(/^EVALUATION_FAILED: .*no sign of progress for 0.5 s/);
      },
      { silenceMs: 500 },
    ),
  );

  test('is killed when its task takes too long', () =>
    misbehaving(
      async (workers) => {
        expect(await deed(workers, 'hang')).toMatch(/^EVALUATION_FAILED: .*at work for 0.5 s/);
      },
      { taskMs: 500 },
    ));

  test('ends when its caller aborts, and the calls behind it go on', () =>
    misbehaving(async (workers) => {
      const control = new AbortController();
      const { signal } = control;
      const reason = new Error('enough');
      const hanging = workers.inspect({ spec: SPEC, weightsPath: join(tmpdir(), 'hang'), signal });
      const waiting = workers.inspect({ spec: SPEC, weightsPath: join(tmpdir(), 'pid'), signal });
      const behind = deed(workers, 'pid');
      control.abort(reason);
      await expect(hanging).rejects.toBe(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(await behind).toMatch(/^BAD_CONFIG/);
    }));

  test('is gone after close, with whatever it was doing', async () => {
    const workers = await EvaluationWorkers.open({ ...BASE, program: MISBEHAVING });
    const hanging = deed(workers, 'hang');
    const waiting = deed(workers, 'pid');
    const ends = Promise.allSettled([hanging, waiting]);
    while ((await childrenOf(process.pid)).length === 0);
    await workers.close();
    for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'EVALUATION_WORKER' } });
    expect(await childrenOf(process.pid)).toEqual([]);
    await expect(deed(workers, 'pid')).rejects.toMatchObject({ code: 'EVALUATION_WORKER' });
    await workers.close();
  });

  test('that the system has no descriptors for is our trouble, and over when there are some', async () => {
    const script = join(import.meta.dirname, 'starving-validator.mjs');
    const run = `ulimit -n 1000; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      run,
      process.execPath,
      script,
      MISBEHAVING,
      tmpdir(),
    ]);
    expect(stdout).toMatch(/^HealthTensorError EVALUATION_WORKER: .*EMFILE; then BAD_CONFIG$/m);
  });

  test('ends with a validator that is killed, even when it looks at no pipe any more', async () => {
    const validator = startNode(join(import.meta.dirname, 'doomed-validator.mjs'), [MISBEHAVING, tmpdir()]);
    const pid = Number(await validator.sees(/worker (\d+)/));
    expect(await runs(pid)).toBe(true);
    validator.kill('SIGKILL');
    await validator.ended;
    // The kernel's word for it takes a moment; a worker that stays lets the test run out of time.
    while (await runs(pid));
  });
});
