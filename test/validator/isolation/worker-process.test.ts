import { join } from 'node:path';
import { test } from '@jest/globals';
import { evaluationLimits } from '../../../src/validator/isolation/limits.js';
import { WorkerProcess } from '../../../src/validator/isolation/worker-process.js';
import { GRAYSCALE_SPEC as spec } from '../../support/grayscale-model.js';
import { DEVICE } from '../../support/small-training.js';

test('a worker is gone when it is killed, though a program that it started holds its pipes', async () => {
  const program = join(import.meta.dirname, 'misbehaving-worker.mjs');
  // As on a system that refuses nothing.
  const command = { file: process.execPath, arguments: [program] };
  const worker = new WorkerProcess({ command, environment: {}, limits: evaluationLimits() });
  await worker.ready(DEVICE);
  const answer = await worker.run({ name: 'inspect', task: { spec, weightsPath: 'offspring' } }, {});
  await worker.kill();
  const child = answer.kind === 'verdict' && !answer.verdict.ok ? Number(answer.verdict.detail) : NaN;
  // It is still there: a wrong number would throw.
  process.kill(child, 'SIGKILL');
});
