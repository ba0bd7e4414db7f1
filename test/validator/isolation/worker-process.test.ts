import { join } from 'node:path';
import { test } from '@jest/globals';
import type { Sandbox } from '../../../src/engine/index.js';
import { evaluationLimits } from '../../../src/validator/isolation/limits.js';
import { WorkerProcess } from '../../../src/validator/isolation/worker-process.js';
import { GRAYSCALE_SPEC as spec } from '../../support/grayscale-model.js';
import { DEVICE } from '../../support/small-training.js';

/** A system that refuses nothing. */
const NO_SANDBOX: Sandbox = {
  command: (program) => ({ file: process.execPath, arguments: [program] }),
  environment: {},
  protections: [],
  missing: [],
};

test('a worker is gone when it is killed, though a program that it started holds its pipes', async () => {
  const program = join(import.meta.dirname, 'misbehaving-worker.mjs');
  const worker = new WorkerProcess(program, NO_SANDBOX, evaluationLimits());
  await worker.ready(DEVICE);
  const answer = await worker.run({ name: 'inspect', task: { spec, weightsPath: 'offspring' } }, {});
  await worker.kill();
  const child = answer.kind === 'verdict' && !answer.verdict.ok ? Number(answer.verdict.detail) : NaN;
  // It is still there: a wrong number would throw.
  process.kill(child, 'SIGKILL');
});
