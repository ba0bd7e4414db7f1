import { expect, test } from '@jest/globals';
import type { ModelOptions } from '../../src/common/index.js';
import { modelSpec } from '../../src/engine/index.js';
import { timmFace } from '../../src/hub/timm-face.js';

const faceOf = (architecture: string, options: ModelOptions = {}) =>
  timmFace(modelSpec(architecture, { options }));

test.each([
  ['vgg', {}, 'vgg16', 512],
  ['vgg', { layers: 11, batch_norm: 1 }, 'vgg11_bn', 512],
  ['res', {}, 'resnet50', 2048],
  ['res', { layers: 18 }, 'resnet18', 512],
  ['efficient', {}, 'efficientnet_b0', 1280],
  ['efficient', { width: 1, depth: 1.1 }, 'efficientnet_b1', 1280],
  ['efficient', { width: 1.1, depth: 1.2 }, 'efficientnet_b2', 1408],
  ['efficient', { width: 1.2, depth: 1.4 }, 'efficientnet_b3', 1536],
  ['mobile', {}, 'mobilenetv1_100', 1024],
])("%s with %j is timm's %s", (architecture, options, name, numFeatures) => {
  expect(faceOf(architecture, options)).toMatchObject({ architecture: name, numFeatures });
});

test.each([
  ['vgg', { width: 0.5 }],
  ['res', { width: 0.5 }],
  ['efficient', { width: 0.5 }],
  ['mobile', { width: 0.25 }],
  ['cnn', {}],
])("%s with %j is not passed off as timm's", (architecture, options) => {
  expect(faceOf(architecture, options).architecture).toBe(`healthtensor_${architecture}`);
});

test('a narrower network has fewer features', () => {
  expect(faceOf('res', { width: 0.3 }).numFeatures).toBe(4 * 152);
  expect(faceOf('mobile', { width: 0.25 }).numFeatures).toBe(256);
});

test("a linear head has timm's own name, so that timm can fill the whole model", () => {
  const classifiers = ['vgg', 'res', 'efficient', 'mobile'].map(
    (architecture) => faceOf(architecture, { hidden: 0 }).classifier,
  );
  expect(classifiers).toEqual(['head.fc', 'fc', 'classifier', 'classifier']);
});
