import { describe, expect, test } from '@jest/globals';
import { decodePointer, encodePointer } from '../../../../src/localnet/hub/lfs/pointer.js';

describe('an LFS pointer', () => {
  const object = { oid: 'a1'.repeat(32), size: 12_345 };

  test('has the text of the git-lfs specification and reads back', () => {
    const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${object.oid}\nsize 12345\n`;
    expect(encodePointer(object).toString()).toBe(text);
    expect(decodePointer(Buffer.from(text))).toEqual(object);
  });

  test.each([
    ['upper-case hex', (text: string) => text.replace('a1', 'A1')],
    ['a path for a hash', (text: string) => text.replace(object.oid, '../../x')],
    ['a negative size', (text: string) => text.replace('12345', '-1')],
    ['a size with a zero in front', (text: string) => text.replace('12345', '012345')],
    ['a size that is no integer any more', (text: string) => text.replace('12345', '9'.repeat(17))],
    ['another version', (text: string) => text.replace('v1', 'v2')],
    ['more lines', (text: string) => `${text}x 1\n`],
    ['no last newline', (text: string) => text.trimEnd()],
    ['a kilobyte', (text: string) => text + ' '.repeat(1024)],
  ])('is not one with %s', (_name, change) => {
    expect(decodePointer(Buffer.from(change(encodePointer(object).toString())))).toBeUndefined();
  });
});
