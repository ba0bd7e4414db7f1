import { expect, test } from '@jest/globals';
import { placeOfWheelFile, placeOfZipFile } from '../../../scripts/provision/archive-contents.mjs';

test.each([
  ['torch/lib/libtorch_cpu.so', 'torch/lib/libtorch_cpu.so'],
  ['torch/lib/libgomp.so.1', 'torch/lib/libgomp.so.1'],
  ['torch/lib/libtorch_cuda_linalg.so', 'torch/lib/libtorch_cuda_linalg.so'],
  ['torch/include/ATen/ATen.h', 'torch/include/ATen/ATen.h'],
  ['torch/version.py', 'torch/version.py'],
  ['nvidia/cu13/lib/libcublas.so.13', 'nvidia/cu13/lib/libcublas.so.13'],
  ['torch-2.13.0+cpu.dist-info/licenses/LICENSE', 'torch/LICENSE'],
  ['torch/lib/libtorch.so', undefined],
  ['torch/lib/libtorch_python.so', undefined],
  ['torch/lib/libjitbackend_test.so', undefined],
  ['torch/nn/modules/conv.py', undefined],
  ['torch/bin/protoc', undefined],
  ['nvidia/cu13/include/crt/host_defines.h', 'nvidia/cu13/include/crt/host_defines.h'],
  ['nvidia/nccl/include/nccl.h', 'nvidia/nccl/include/nccl.h'],
  ['nvidia/cudnn/include/cudnn.h', undefined],
  ['nvidia/cu13/bin/ptxas', undefined],
])('of a wheel %s goes to %s', (name, place) => {
  expect(placeOfWheelFile(name)).toBe(place);
});

test.each([
  ['libtorch/lib/libc10.so', 'torch/lib/libc10.so'],
  ['libtorch/build-version', 'torch/build-version'],
  ['libtorch/share/cmake/Torch/TorchConfig.cmake', undefined],
  ['other/lib/libc10.so', undefined],
])('of a zip %s goes to %s', (name, place) => {
  expect(placeOfZipFile(name)).toBe(place);
});
