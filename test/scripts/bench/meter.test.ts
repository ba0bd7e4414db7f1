import { describe, expect, test } from '@jest/globals';
import { busySeconds, startSample, summarise, takeSamples } from '../../../scripts/bench/meter.mjs';
import { processMemory } from '../../../scripts/bench/process-memory.mjs';

describe('the meter of clean samples', () => {
  test('busy time is all ticks of all CPUs but those of idleness and waiting', () => {
    const stat = 'cpu  100 20 30 5000 700 4 6 40 9 9\ncpu0 1 1 1 1 1 1 1 1 0 0\n';
    expect(busySeconds(stat)).toBeCloseTo(2, 12);
    expect(() => busySeconds('intr 1 2\n')).toThrow('/proc/stat');
  });

  test('only clean samples count when there are two of them', () => {
    const samples = [
      { seconds: 0.1, foreign: 0 },
      { seconds: 0.2, foreign: 0.05 },
      { seconds: 9, foreign: 0.5 },
    ];
    expect(summarise(samples, 30)).toEqual({
      imagesPerSecond: 200,
      stepMs: 150,
      stepMsMin: 100,
      samples: 3,
      cleanSamples: 2,
      foreignShare: 0.18,
    });
  });

  test('all samples count when fewer than two are clean', () => {
    const samples = [0.3, 0.4, 0.2].map((seconds) => ({ seconds, foreign: 0.5 }));
    expect(summarise(samples, 3)).toMatchObject({ imagesPerSecond: 10, stepMs: 300, cleanSamples: 0 });
  });

  test('samples are taken until enough are clean, and after the limit until there are three', async () => {
    const from = (shares: number[]) => () => Promise.resolve({ seconds: 1, foreign: shares.shift() ?? 1 });
    const enough = await takeSamples({ wanted: 2, limitSeconds: 1000 }, from([0.5, 0, 0.9, 0, 0, 0]));
    expect(enough.map(({ foreign }) => foreign)).toEqual([0.5, 0, 0.9, 0]);
    expect(await takeSamples({ wanted: 2, limitSeconds: 0 }, from([]))).toHaveLength(3);
  });

  test('a sample is the time of one unit of work, or a part of the seconds that it is told', () => {
    const end = startSample();
    const until = performance.now() + 50;
    while (performance.now() < until) Math.sqrt(until);
    const { seconds, foreign } = end(10);
    expect(seconds).toBeGreaterThanOrEqual(0.005);
    expect(foreign).toBeGreaterThanOrEqual(0);
    expect(end(2, 3).seconds).toBe(1.5);
  });
});

test('memory is read from the status of a process', () => {
  expect(processMemory('Name:\tnode\nVmHWM:\t    2048 kB\nVmRSS:\t    1536 kB\n')).toEqual({
    residentMib: 1.5,
    peakMib: 2,
  });
  expect(() => processMemory('Name:\tnode\n')).toThrow('VmRSS');
  const { residentMib, peakMib } = processMemory();
  expect(peakMib).toBeGreaterThanOrEqual(residentMib);
});
