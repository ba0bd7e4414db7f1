import { describe, expect, test } from '@jest/globals';
import { parseDevice } from '../../src/engine/index.js';

describe('--device', () => {
  test.each([
    ['gpu', { kind: 'gpu' }],
    ['GPU:0,2', { kind: 'gpu', indices: [0, 2] }],
    ['gpu:1', { kind: 'gpu', indices: [1] }],
    ['cpu', { kind: 'cpu' }],
    [' cpu:4 ', { kind: 'cpu', threads: 4 }],
  ])('reads %s', (text, wanted) => {
    expect(parseDevice('--device', text)).toEqual(wanted);
  });

  test.each([
    '',
    'cuda',
    'gpu:',
    'gpu:a',
    'gpu:0,',
    'gpu:0,0',
    'gpu:-1',
    'gpu:0:1',
    'cpu:0',
    'cpu:1.5',
    'cpu:99999',
    'cpu:',
  ])('refuses "%s"', (text) => {
    expect(() => parseDevice('--device', text)).toThrow(
      /Expected gpu, gpu:<index>.* for --device but received/,
    );
  });

  test('suggests the word that was meant', () => {
    expect(() => parseDevice('--device', 'gpo')).toThrow(/did you mean "gpu"/);
  });
});
