import { describe, expect, test } from '@jest/globals';
import { engineInfo, openDevice } from '../../src/engine/index.js';

const { cuda, cpuCapability, ...info } = await engineInfo();
const hasCuda = cuda.library && cuda.driver;
const withoutCuda = hasCuda ? test.skip : test;

describe('a device', () => {
  test('on the CPU has the threads that were asked for, or those of the machine', async () => {
    expect(await openDevice({ kind: 'cpu', threads: 3 })).toEqual({
      kind: 'cpu',
      threads: 3,
      indices: [],
      bfloat16: expect.any(Boolean),
      description: `CPU (3 threads, ${cpuCapability})`,
    });
    expect((await openDevice({ kind: 'cpu' })).threads).toBe(info.defaultThreads);
  });

  withoutCuda('of a machine without CUDA is the CPU, loudly, when any GPU was asked for', async () => {
    const device = await openDevice({ kind: 'gpu' });
    expect(device.kind).toBe('cpu');
    expect(device.warning).toMatch(/^No GPU is used, everything runs on the CPU: .+/);
  });

  withoutCuda('is an error when a certain GPU was asked for and there is none', async () => {
    await expect(openDevice({ kind: 'gpu', indices: [0] })).rejects.toMatchObject({
      name: 'HealthTensorError',
      code: 'DEVICE_UNAVAILABLE',
      remedy: expect.stringContaining('--device cpu') as unknown,
    });
  });
});

test('the engine says what it is made of', () => {
  expect(info.torchVersion).toMatch(/^\d+\.\d+\.\d+/);
  expect(info.libtorchFolder).toMatch(/\/lib$/);
  expect(info.nodeApiVersion).toBe(8);
  expect(info.defaultThreads).toBeGreaterThan(0);
});
