import { printable, redact } from '../common/log.js';
import { formatFindings } from '../doctor/format.js';
import type { Check } from '../validator/answers/check.js';

/** Prints the lines of an answer, for people or as JSON, and sets exit code 1 when one of them is a failure. */
export function printChecks(checks: readonly Check[], json: boolean): void {
  const text = json ? JSON.stringify(checks, undefined, 2) : printable(formatFindings(checks));
  process.stdout.write(`${redact(text)}\n`);
  if (checks.some(({ level }) => level === 'failure')) process.exitCode = 1;
}
