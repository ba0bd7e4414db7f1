// @ts-check
// What a thief can do to somebody's weights without training: each takes the tensors of a model and gives those of a copy.

import { FINDINGS } from '../../dist/common/index.js';
import { randomNumbers } from '../random-numbers.mjs';

/** @typedef {import('./weights-file.mjs').Tensor} Tensor */

/**
 * @param {readonly Tensor[]} tensors
 * @param {(values: Float32Array, rows: number) => Float32Array} change of a weight's values; biases and norms stay
 */
function ofWeights(tensors, change) {
  return tensors.map((tensor) =>
    tensor.shape.length < 2 ? tensor : { ...tensor, values: change(tensor.values, tensor.shape[0] ?? 1) },
  );
}

/** Gaussian noise of a share of each row's root mean square. @param {number} share */
const noise = (share) => (/** @type {readonly Tensor[]} */ tensors) => {
  const random = randomNumbers(1);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return ofWeights(tensors, (values, rows) => {
    const length = values.length / rows;
    const sizes = Array.from({ length: rows }, (_, row) => {
      const own = values.subarray(row * length, (row + 1) * length);
      return Math.sqrt(own.reduce((sum, value) => sum + value * value, 0) / length);
    });
    return values.map((value, i) => value + share * (sizes[Math.floor(i / length)] ?? 0) * gaussian());
  });
};

/** The same noise in the head alone: all before it stays. @param {number} share */
const headNoise = (share) => (/** @type {readonly Tensor[]} */ tensors) => {
  const noisy = noise(share)(tensors);
  return tensors.map((tensor, i) => (tensor.name.startsWith('head.') ? (noisy[i] ?? tensor) : tensor));
};

/** The answers to some findings drowned in noise, by their rows of the last layer. @param {readonly string[]} findings */
const spoiled = (findings) => (/** @type {readonly Tensor[]} */ tensors) => {
  const noisy = noise(1)(tensors);
  return tensors.map((tensor, i) => {
    if (tensor.name !== 'head.fc2.weight') return tensor;
    const width = tensor.values.length / FINDINGS.length;
    const isSpoiled = (/** @type {number} */ at) => findings.includes(FINDINGS[Math.floor(at / width)] ?? '');
    const values = tensor.values.map((value, at) =>
      isSpoiled(at) ? (noisy[i]?.values[at] ?? value) : value,
    );
    return { ...tensor, values };
  });
};

/** Whole multiples of a step, so many bits a number, a step a row. @param {number} bits */
const quantised = (bits) => (/** @type {readonly Tensor[]} */ tensors) =>
  ofWeights(tensors, (values, rows) => {
    const length = values.length / rows;
    const steps = Array.from({ length: rows }, (_, row) => {
      const own = values.subarray(row * length, (row + 1) * length);
      return own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / (2 ** (bits - 1) - 1) || 1;
    });
    return values.map((value, i) => {
      const step = steps[Math.floor(i / length)] ?? 1;
      return Math.round(value / step) * step;
    });
  });

/** The smallest numbers of each tensor are zero. @param {number} share */
const pruned = (share) => (/** @type {readonly Tensor[]} */ tensors) =>
  ofWeights(tensors, (values) => {
    const limit = values.map(Math.abs).sort()[Math.floor(share * values.length)] ?? 0;
    return values.map((value) => (Math.abs(value) < limit ? 0 : value));
  });

/** bfloat16 and back. @param {readonly Tensor[]} tensors */
const bfloat16 = (tensors) =>
  ofWeights(tensors, (values) => {
    const bits = new Uint32Array(values.slice().buffer);
    return new Float32Array(bits.map((word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000).buffer);
  });

/** The logits times 1.3 and plus 0.1, by the last layer. @param {readonly Tensor[]} tensors */
const rescaledLogits = (tensors) =>
  tensors.map((tensor) => {
    if (tensor.name === 'head.fc2.weight') return { ...tensor, values: tensor.values.map((x) => 1.3 * x) };
    if (tensor.name === 'head.fc2.bias') {
      return { ...tensor, values: tensor.values.map((x) => 1.3 * x + 0.1) };
    }
    return tensor;
  });

/**
 * The same function: the hidden units of the head in another order, each larger by a factor that the next layer takes back.
 * @param {readonly Tensor[]} tensors
 */
function permutedHead(tensors) {
  const hidden = tensors.find(({ name }) => name === 'head.fc1.bias')?.values.length ?? 0;
  const random = randomNumbers(2);
  const units = Array.from({ length: hidden }, (_, unit) => ({
    unit,
    key: random(),
    factor: 0.5 + random(),
  }));
  units.sort((a, b) => a.key - b.key);
  return tensors.map((tensor) => {
    const { name, values } = tensor;
    const width = values.length / hidden;
    const moved = values.slice();
    if (name === 'head.fc1.weight' || name === 'head.fc1.bias') {
      units.forEach(({ unit, factor }, place) => {
        moved.set(
          values.subarray(unit * width, (unit + 1) * width).map((x) => x * factor),
          place * width,
        );
      });
    } else if (name === 'head.fc2.weight') {
      units.forEach(({ unit, factor }, place) => {
        for (let row = 0; row < width; row += 1) {
          moved[row * hidden + place] = (values[row * hidden + unit] ?? 0) / factor;
        }
      });
    }
    return { ...tensor, values: moved };
  });
}

/** @type {Readonly<Record<string, (tensors: readonly Tensor[]) => Tensor[]>>} */
export const DISGUISES = {
  'noise of 0.1 %': noise(0.001),
  'noise of 1 %': noise(0.01),
  'noise of 3 %': noise(0.03),
  'noise of 10 %': noise(0.1),
  'noise of 30 %': noise(0.3),
  bfloat16,
  '8 bits': quantised(8),
  '4 bits': quantised(4),
  '3 bits': quantised(3),
  '10 % pruned': pruned(0.1),
  '30 % pruned': pruned(0.3),
  '50 % pruned': pruned(0.5),
  'logits rescaled': rescaledLogits,
  'head permuted and rescaled': permutedHead,
  'noise of 3 % in the head': headNoise(0.03),
  'noise of 10 % in the head': headNoise(0.1),
  'hernia spoiled': spoiled(['Hernia']),
  'six findings spoiled': spoiled(['Hernia', 'Pneumonia', 'Fibrosis', 'Edema', 'Emphysema', 'Cardiomegaly']),
};
