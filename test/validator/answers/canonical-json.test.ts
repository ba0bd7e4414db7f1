import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../../src/validator/answers/canonical-json.js';

describe('canonical JSON', () => {
  test('writes the example of RFC 8785, 3.2.2, as its 3.2.3 does', () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(JSON.parse(text))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('sorts keys by UTF-16 code units, as the example of RFC 8785, 3.2.3, wants it', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const written = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
    expect(Object.keys(JSON.parse(written) as object)[0]).toBe('1'); // JavaScript puts numbers first itself
    expect(written).toBe('{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}');
  });

  test('is the same whatever the order in which the keys were written, and leaves undefined ones out', () => {
    expect(canonicalJson({ b: 1, a: { d: [], c: undefined } })).toBe('{"a":{"d":[]},"b":1}');
    expect(canonicalJson(JSON.parse('{"a":{"d":[]},"b":1}'))).toBe('{"a":{"d":[]},"b":1}');
  });

  test.each([NaN, Infinity, 1n, '\ud800', { key: '\udc00' }, [undefined], () => 0])(
    'refuses what JSON cannot hold: %p',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
    },
  );
});
