import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { VERDICT_CODES } from '../../../src/common/index.js';
import { answerOf, ANSWERS } from '../../../src/validator/answers/answers.js';
import { KEPT_CODES } from '../../../src/validator/kept-codes.js';

test('every verdict and every reason for having none has an answer', () => {
  expect(Object.keys(ANSWERS).sort()).toEqual(['RANKED', ...VERDICT_CODES, ...KEPT_CODES].sort());
});

test('docs/scoring.md shows the answers, row by row', () => {
  const document = readFileSync(join(import.meta.dirname, '../../../docs/scoring.md'), 'utf8');
  const section = document.split('\n## ').find((part) => part.startsWith('Answers\n')) ?? '';
  const rows = section
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5 && /^`\w+`$/.test(cells[1] ?? ''))
    .map((cells) => cells.slice(1, 4));
  expect(rows).toEqual(
    Object.entries(ANSWERS).map(([code, { meaning, remedy }]) => [`\`${code}\``, meaning, remedy]),
  );
});

test.each(['SOMETHING_NEWER', 'constructor', ''])('a code that is not known here (%j) says so', (code) => {
  expect(answerOf(code)).toMatchObject({ remedy: expect.stringContaining('Update HealthTensor') });
});
