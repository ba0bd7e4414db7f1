import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { describe as describeError } from '../../src/cli/run.js';
import { HealthTensorError } from '../../src/common/errors.js';

describe('what people see of an error', () => {
  test('is the sentence and the remedy', () => {
    const error = new HealthTensorError('X', 'It is broken.', { remedy: 'Mend it.' });
    expect(describeError(error)).toBe('error: It is broken.\n  Mend it.\n');
  });

  test('is one line when the system refuses', async () => {
    const error: unknown = await readFile('/no/such/file').catch((caught: unknown) => caught);
    expect(describeError(error)).toBe("error: ENOENT: no such file or directory, open '/no/such/file'\n");
  });

  test('is a stack when the program is at fault', () => {
    expect(describeError(new TypeError('x is undefined'))).toMatch(
      /please report it:\nTypeError: x.*\n +at /,
    );
  });
});
