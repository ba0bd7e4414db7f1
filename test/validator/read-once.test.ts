import { expect, test } from '@jest/globals';
import { reject } from '../../src/common/index.js';
import { readOnce } from '../../src/validator/read-once.js';
import { GRAYSCALE_SPEC as spec } from '../support/grayscale-model.js';

test('a file is read once as each architecture, and again after an error of ours', async () => {
  const read: string[] = [];
  const inspect = readOnce((file) => {
    read.push(`${file.weightsPath} ${file.spec.imageSize}`);
    if (read.length === 1) return Promise.reject(new Error('no descriptors'));
    return Promise.resolve(reject('NOT_FINITE', file.weightsPath));
  });
  await expect(inspect({ spec, weightsPath: 'a' })).rejects.toThrow('no descriptors');
  for (const weightsPath of ['a', 'a', 'b', 'a']) {
    expect(await inspect({ spec, weightsPath })).toEqual(reject('NOT_FINITE', weightsPath));
  }
  await inspect({ spec: { ...spec, imageSize: 64 }, weightsPath: 'a' });
  expect(read).toEqual(['a 32', 'a 32', 'b 32', 'a 64']);
});
