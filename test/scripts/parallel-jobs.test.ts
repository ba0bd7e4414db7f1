import { expect, test } from '@jest/globals';
import { parallelJobs } from '../../scripts/parallel-jobs.mjs';

test.each([
  [8, 64e9, 8],
  [8, 4e9, 3],
  [2, 4e9, 2],
  [8, 1e9, 1],
])('%i cores with %d bytes free compile %i files at once', (cores, freeBytes, jobs) => {
  expect(parallelJobs({ cores, freeBytes })).toBe(jobs);
});

test('this machine compiles at least one file at a time', () => {
  expect(parallelJobs()).toBeGreaterThanOrEqual(1);
});
