import type { ModelSpec } from '../../src/common/index.js';
import type { TestTensor } from './safetensors.js';

export const GRAYSCALE_SPEC: ModelSpec = {
  architecture: 'cnn',
  imageSize: 32,
  channels: 1,
  classes: 14,
  mean: [0],
  std: [1],
  options: {},
};

/** A cnn whose logit for a finding is the gray value (0..1) of an even image, times `slope`, plus `shift`. */
export function grayscaleModel(
  slope: number | readonly number[],
  shift: number | readonly number[],
): TestTensor[] {
  const at = (count: number, index: number, value: number) => {
    const values = new Float32Array(count);
    values[index] = value;
    return values;
  };
  const of = (list: number | readonly number[], finding: number) =>
    typeof list === 'number' ? list : (list[finding] ?? NaN);
  const output = new Float32Array(14 * 128);
  for (let finding = 0; finding < 14; finding += 1) output[finding * 128] = of(slope, finding);
  return [
    { name: 'conv1.bias', shape: [32], values: new Float32Array(32) },
    { name: 'conv1.weight', shape: [32, 1, 3, 3], values: at(32 * 9, 4, 1) },
    { name: 'head.fc1.bias', shape: [128], values: new Float32Array(128) },
    { name: 'head.fc1.weight', shape: [128, 7200], values: at(128 * 7200, 0, 1) },
    { name: 'head.fc2.bias', shape: [14], values: Float32Array.from({ length: 14 }, (_, i) => of(shift, i)) },
    { name: 'head.fc2.weight', shape: [14, 128], values: output },
  ];
}
