import { expect, test } from '@jest/globals';
import { closingLine } from '../../scripts/test-summary.mjs';

const none = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

test('the closing line counts what passed, failed and was skipped', () => {
  expect(closingLine({ ...none, numPassedTests: 12, numPendingTests: 2, numTodoTests: 1 })).toBe(
    '12 passed, 0 failed, 3 skipped',
  );
});

test('a test file that cannot be loaded is a failure', () => {
  expect(closingLine({ ...none, numRuntimeErrorTestSuites: 1 })).toBe('0 passed, 1 failed');
});
