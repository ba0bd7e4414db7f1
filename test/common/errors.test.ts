import { describe, expect, test } from '@jest/globals';
import { HealthTensorError, messageOf, nearest, OptionError } from '../../src/common/errors.js';

test('an option error says what was expected, for which option, what came, and the nearest right spelling', () => {
  const error = new OptionError('--model_type', 'one of cnn, mobile', 'mobil', ['cnn', 'mobile']);
  expect(error.message).toBe(
    'Expected one of cnn, mobile for --model_type but received "mobil" (did you mean "mobile"?)',
  );
  expect(error.code).toBe('BAD_OPTION');
  expect(error).toBeInstanceOf(HealthTensorError);
});

test('no hint is given when nothing is near', () => {
  expect(new OptionError('--x', 'one of a1', 'completely else', ['cnn']).message).not.toContain(
    'did you mean',
  );
});

describe('nearest', () => {
  test('forgives case and slips of the finger, but does not guess', () => {
    expect(nearest('SLWO', ['fast', 'normal', 'slow'])).toBe('slow');
    expect(nearest('resnet', ['fast'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });
});

test('the text of anything that was thrown fits in one line', () => {
  expect(messageOf(new Error('a\n  b'))).toBe('a b');
  expect(messageOf('plain')).toBe('plain');
  expect(messageOf(undefined)).toBe('undefined');
});
