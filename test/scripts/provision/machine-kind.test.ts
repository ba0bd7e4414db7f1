import { expect, test } from '@jest/globals';
import { machineKind } from '../../../scripts/provision/machine-kind.mjs';

test('a machine with the driver device or libcuda.so.1 gets CUDA, any other the CPU build', () => {
  expect(machineKind((path) => path === '/dev/nvidiactl')).toBe('cuda');
  expect(machineKind((path) => path.endsWith('/libcuda.so.1'))).toBe('cuda');
  expect(machineKind(() => false)).toBe('cpu');
});
