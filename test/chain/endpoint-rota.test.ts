import { describe, expect, test } from '@jest/globals';
import { EndpointRota } from '../../src/chain/endpoint-rota.js';
import { retryAfterMs } from '../../src/chain/open-websocket.js';

const most = () => 1; // the longest that jitter makes of it

describe('whose turn it is', () => {
  test('the next endpoint takes over at once when one fails, and the first again when they all did', () => {
    const rota = new EndpointRota(['a', 'b', 'c'], most);
    expect(rota.current).toBe('a');
    expect(rota.failed(0, 'lost')).toEqual({ endpoint: 'b', waitMs: 0 });
    expect(rota.failed(10, 'lost')).toEqual({ endpoint: 'c', waitMs: 0 });
    expect(rota.failed(20, 'lost')).toEqual({ endpoint: 'a', waitMs: 230 });
  });

  test('a single endpoint is tried at growing intervals, up to half a minute', () => {
    const rota = new EndpointRota(['a'], most);
    const waits = Array.from({ length: 10 }, () => rota.failed(0, 'lost').waitMs);
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    rota.worked();
    expect(rota.failed(0, 'lost').waitMs).toBe(250);
  });

  test('the jitter takes up to half of the wait away', () => {
    expect(new EndpointRota(['a'], () => 0).failed(0, 'lost').waitMs).toBe(125);
    expect(new EndpointRota(['a'], () => 0.5).failed(0, 'lost').waitMs).toBe(187.5);
  });

  test('an endpoint that limits us is left alone for longer, and for as long as it asks', () => {
    const rota = new EndpointRota(['a'], most);
    expect(rota.failed(0, 'rate-limited').waitMs).toBe(15_000);
    expect(rota.failed(0, 'rate-limited').waitMs).toBe(30_000);
    expect(rota.failed(0, 'rate-limited', 120_000).waitMs).toBe(120_000);
    expect(rota.failed(0, 'rate-limited', 1e12).waitMs).toBe(3_600_000);
  });

  test('an endpoint of another chain has its turn only when the others fail for minutes', () => {
    const rota = new EndpointRota(['a', 'b'], most);
    rota.failed(0, 'lost');
    expect(rota.failed(0, 'foreign').endpoint).toBe('a');
    for (const nowMs of [1_000, 10_000, 100_000, 200_000])
      expect(rota.failed(nowMs, 'lost').endpoint).toBe('a');
    expect(rota.failed(300_000, 'lost').endpoint).toBe('b');
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  test.each([
    ['120', 120_000],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    [undefined, 0],
  ])('%j is %d ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
