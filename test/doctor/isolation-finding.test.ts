import { describe, expect, test } from '@jest/globals';
import { HealthTensorError } from '../../src/common/index.js';
import { isolationFinding } from '../../src/doctor/isolation-finding.js';

describe("the doctor's line on isolation", () => {
  test('says what is in force, and warns of what is not', async () => {
    const protections = ['a memory limit (setrlimit)', 'no sockets (seccomp)'];
    expect(await isolationFinding(() => Promise.resolve({ protections, missing: [] }))).toEqual({
      check: 'isolation',
      level: 'ok',
      role: 'validator',
      text: 'models are evaluated with a memory limit (setrlimit), no sockets (seccomp)',
    });
    const missing = ['it can read what this user can (Landlock: no)'];
    expect(await isolationFinding(() => Promise.resolve({ protections, missing }))).toMatchObject({
      level: 'warning',
      text: expect.stringContaining(missing[0]!) as unknown,
      remedy: expect.stringContaining('Linux 5.13') as unknown,
    });
  });

  test('is a failure when no such process can be started', async () => {
    const error = new HealthTensorError('EVALUATION_WORKER', 'No evaluation worker can be started: it hung');
    expect(await isolationFinding(() => Promise.reject(error))).toMatchObject({
      level: 'failure',
      role: 'validator',
      text: expect.stringContaining('it hung') as unknown,
    });
  });
});
