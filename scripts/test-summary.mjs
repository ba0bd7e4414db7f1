// @ts-check

/**
 * The last line of a test run, e.g. `321 passed, 0 failed, 4 skipped`.
 * @param {{numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   numRuntimeErrorTestSuites: number}} results jest's own counts
 */
export function closingLine(results) {
  // A test file that cannot be loaded has no tests to count: it is one failure.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
