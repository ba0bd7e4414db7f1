import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildKernelChecks,
  runKernelChecks,
  type KernelChecks,
  type KernelErrors,
} from '../support/kernel-checks.js';

// Errors are relative to a tensor's largest value, against ATen in float64. A result that is rounded to
// bfloat16 (8 significant bits) once is off by 2^-8 of it at most; float32 sums of up to 25,000 products by some 1e-6.
const FLOAT32 = 5e-6;
const ONE_ROUNDING = 2 ** -8;
// Packed weights and biases are rounded too, and ReLU6 cuts off the large values that the errors are relative to.
const PACKED = 5 * ONE_ROUNDING;
const ACTIVATIONS = new Set(['y', 'inferred', 'inputGradient', 'residualGradient']);

/** Sums are float32 or better whatever the type of the activations, which are rounded when they are written. */
function ownTolerance({ operation, type }: KernelErrors, quantity: string): number {
  if (type === 'float32') return FLOAT32;
  if (operation.startsWith('packed')) return PACKED;
  if (!ACTIVATIONS.has(quantity)) return FLOAT32;
  // The gradient before the activation is written as the residual's, and read again.
  const twice = operation !== 'depthwise' && quantity === 'inputGradient';
  return twice ? 2 * ONE_ROUNDING : ONE_ROUNDING;
}

/** ATen rounds weights, gradients of weights, and what is between norm, residual and activation as well. */
function atenTolerance({ operation, type }: KernelErrors, quantity: string): number {
  // It takes the maximum of rounded values: where two round to the same, the gradient may go to the other one.
  const ofMaximum = operation === 'convReluPool' && quantity.endsWith('Gradient');
  if (ofMaximum && type === 'bfloat16') return 0.5;
  if (operation.startsWith('packed') && type === 'bfloat16') return PACKED;
  // Its variance is a float32 sum, of values far from zero in one case.
  if (quantity.startsWith('running')) return 1e-4;
  return type === 'float32' ? 2 * FLOAT32 : 3 * ONE_ROUNDING;
}

/** The cases that are further off than they may be. */
function beyond(
  { cases }: KernelChecks,
  tolerance: (found: KernelErrors, quantity: string) => number,
): string[] {
  return cases.flatMap((found) =>
    Object.entries(found.errors)
      .filter(([quantity, error]) => !(error <= tolerance(found, quantity)))
      .map(([quantity, error]) => `${found.operation} ${found.type} ${found.case}: ${quantity} ${error}`),
  );
}

function untrue({ facts }: KernelChecks): string[] {
  return facts.filter(({ holds }) => !holds).map(({ fact }) => fact);
}

// oneDNN 3.12 is a third off in the bfloat16 gradient of a depthwise weight where the image is one pixel wide.
const ONEDNN_ERRS = '5x24x28x1 kernel 5 stride 2';

describe('the kernels of the engine', () => {
  // Some 100 s of compiling, on a busy machine many minutes.
  beforeAll(buildKernelChecks, 900_000);

  test('are as exact as their element type allows, whatever the shape', async () => {
    const checks = await runKernelChecks('own');
    if (!checks.avx512) {
      console.log('This CPU has no AVX-512: our own kernels were not tested, ATen took their place.');
      return;
    }
    if (!checks.avx512bf16) console.log("This CPU has no AVX512-BF16: bfloat16 was ATen's.");
    expect(checks.own).toBe(true);
    const own = checks.cases.filter(({ type }) => type === 'float32' || checks.avx512bf16);
    expect(own.length).toBeGreaterThan(120);
    expect(beyond({ ...checks, cases: own }, ownTolerance)).toEqual([]);
    expect(untrue(checks)).toEqual([]);
  }, 120_000);

  test('agree with those of ATen, which HEALTHTENSOR_KERNELS=aten puts in their place', async () => {
    const checks = await runKernelChecks('aten');
    expect(checks.own).toBe(false);
    const cases = checks.cases.filter((found) => found.type === 'float32' || found.case !== ONEDNN_ERRS);
    expect(cases.length).toBeGreaterThan(240);
    expect(beyond({ ...checks, cases }, atenTolerance)).toEqual([]);
    expect(untrue(checks)).toEqual([]);
  }, 120_000);

  test('refuse a choice of kernels that does not exist', async () => {
    await expect(runKernelChecks('fast' as 'own')).rejects.toThrow(
      /HEALTHTENSOR_KERNELS is "fast", expected "own" or "aten"/,
    );
  });
});
