import { expect, test } from '@jest/globals';
import { forwardOperations, trainingOperations } from '../../../scripts/bench/flops.mjs';

// Multiply-accumulates by torch.utils.flop_counter of torch 2.13.0 on timm's networks with our head.
test.each([
  ['cnn', 224, 0.093049984],
  ['vgg', 224, 15.34716928],
  ['vgg', 64, 1.2533248],
  ['res', 224, 4.089247744],
  ['res', 64, 0.335755264],
  ['efficient', 224, 0.385859808],
  ['efficient', 64, 0.033291648],
  ['mobile', 224, 0.568779264],
  ['mobile', 64, 0.047407104],
])('the operations of %s at %i pixels are those that PyTorch counts', (architecture, size, billions) => {
  expect(forwardOperations(architecture, size)).toBe(Math.round(2e9 * billions));
  expect(trainingOperations(architecture, size)).toBe(Math.round(6e9 * billions));
});

test('an architecture without a count is refused', () => {
  expect(() => forwardOperations('vit', 224)).toThrow('vit');
});
