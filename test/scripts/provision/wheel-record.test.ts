import { describe, expect, test } from '@jest/globals';
import { parseRecord } from '../../../scripts/provision/wheel-record.mjs';

describe('the RECORD of a wheel', () => {
  test('hashes are read as hex, quoted names are unquoted, entries without a hash are left out', () => {
    const files = parseRecord('"a ""b"", c.h",sha256=AQI,2\r\nplain.so,sha256=_w,1\nx/RECORD,,\n', 'w');
    expect([...files]).toEqual([
      ['a "b", c.h', { sha256: '0102', size: 2 }],
      ['plain.so', { sha256: 'ff', size: 1 }],
    ]);
  });

  test('an algorithm other than SHA-256 does not count as a hash', () => {
    expect(parseRecord('a,md5=AQI,2', 'w').size).toBe(0);
  });

  test('a line of another form is an error that quotes it', () => {
    expect(() => parseRecord('a,b,c,d', 'torch.whl')).toThrow(/RECORD of torch\.whl .* a,b,c,d/);
  });
});
