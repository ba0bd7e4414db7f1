import { describe, expect, test } from '@jest/globals';
import { decodeHeader, decodeObject, encodeObject } from '../../../../src/localnet/hub/git/objects.js';

describe('a git object', () => {
  test('has the id that git gives it', () => {
    // `printf hello | git hash-object --stdin` and the well-known empty tree
    expect(encodeObject('blob', Buffer.from('hello')).id).toBe('b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0');
    expect(encodeObject('tree', Buffer.alloc(0)).id).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  test('is read back, but not when it is cut, longer or under another id', () => {
    const { id, bytes } = encodeObject('blob', Buffer.from('hello'));
    expect(decodeObject(bytes, id)).toEqual({ kind: 'blob', content: Buffer.from('hello') });
    expect(decodeObject(bytes.subarray(0, -1), id)).toBeUndefined();
    expect(decodeObject(Buffer.concat([bytes, bytes]), id)).toBeUndefined();
    expect(decodeObject(bytes, '0'.repeat(40))).toBeUndefined();
  });

  test.each(['blob 5', 'blob -5\0', 'blob 05\0', 'evil 5\0', 'blob 5 \0', `blob ${'9'.repeat(30)}\0`, ''])(
    'does not begin with %j',
    (start) => expect(decodeHeader(Buffer.from(start))).toBeUndefined(),
  );
});
