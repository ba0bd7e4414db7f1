import { describe, expect, test } from '@jest/globals';
import { failure, forRole, ok, warning } from '../../src/doctor/finding.js';
import { formatFindings } from '../../src/doctor/format.js';

const MINERS = { ...failure('hub-token', 'not set', 'Set it.'), role: 'miner' } as const;
const VALIDATORS = { ...failure('permit', 'none', 'Add stake.'), role: 'validator' } as const;

describe('findings', () => {
  test("another role's are left out", () => {
    expect(forRole([ok('node', 'well'), MINERS, VALIDATORS], 'miner')).toEqual([ok('node', 'well'), MINERS]);
  });

  test('asked for no role, what one alone needs is a warning that names it', () => {
    expect(forRole([VALIDATORS], undefined)).toEqual([
      { ...VALIDATORS, level: 'warning', text: 'for a validator: none' },
    ]);
  });

  test('are printed with their remedies, and counted', () => {
    const text = formatFindings([
      ok('node', 'well'),
      failure('wallet', 'gone', 'Make one.'),
      warning('disk', 'low', 'Free some.'),
    ]);
    expect(text).toBe(
      [
        'ok       node    well',
        'FAILURE  wallet  gone',
        '                 Make one.',
        'warning  disk    low',
        '                 Free some.',
        '',
        '1 failure, 1 warning, 1 ok.',
      ].join('\n'),
    );
    expect(formatFindings([ok('node', 'well')])).toContain('All 1 checks are well.');
  });
});
