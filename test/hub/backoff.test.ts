import { expect, test } from '@jest/globals';
import { askedWaitMs, waitMs } from '../../src/hub/backoff.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const asked = (headers: Record<string, string>) => askedWaitMs(new Headers(headers), NOW);
const patience = { backoffMs: 100, longestWaitMs: 10_000 };

test('Retry-After is read as seconds or as a date', () => {
  expect(asked({ 'retry-after': '12' })).toBe(12_000);
  expect(asked({ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' })).toBe(30_000);
  expect(asked({ 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' })).toBe(0);
});

test('a used-up RateLimit says when it is reset; one with requests left says nothing', () => {
  expect(asked({ ratelimit: '"api";r=0;t=55' })).toBe(55_000);
  expect(asked({ ratelimit: '"api";r=3;t=55' })).toBeUndefined();
});

test('what cannot be read asks for nothing', () => {
  expect(asked({})).toBeUndefined();
  expect(asked({ 'retry-after': 'soon' })).toBeUndefined();
  expect(asked({ 'retry-after': '-5x' })).toBeUndefined();
});

test('the wait doubles, is spread over half of it, and is bounded', () => {
  expect([1, 2, 3].map((attempt) => waitMs(attempt, undefined, patience, 1))).toEqual([100, 200, 400]);
  expect([1, 2, 3].map((attempt) => waitMs(attempt, undefined, patience, 0))).toEqual([50, 100, 200]);
  expect(waitMs(40, undefined, patience, 1)).toBe(10_000);
});

test("the hub's own wish comes first, unless it is more than we wait", () => {
  expect(waitMs(1, 9000, patience, 0.5)).toBe(9000);
  expect(waitMs(1, 0, patience, 0.5)).toBe(0);
  expect(waitMs(1, 10_001, patience, 0.5)).toBeUndefined();
});
