import { describe, expect, test } from '@jest/globals';
import { FINDINGS } from '../../../src/common/index.js';
import { drawPhantom } from '../../../src/dataset/phantom/draw.js';
import { planPhantoms } from '../../../src/dataset/phantom/plan.js';
import { splitByPatient } from '../../../src/dataset/index.js';
import { areaUnderCurve, features, fitLogistic, score } from './linear-model.js';

const SIZE = 64;
const draw = (labels: number, name = 'p_0', size = SIZE) =>
  drawPhantom({ seed: 1, patient: 'p', name, labels, size });

describe('drawPhantom', () => {
  test('is deterministic, and differs from image to image of a patient', () => {
    expect(Buffer.from(draw(0)).equals(Buffer.from(draw(0)))).toBe(true);
    expect(Buffer.from(draw(0)).equals(Buffer.from(draw(0, 'p_1')))).toBe(false);
  });

  test('looks like a chest: dark air outside, dark lungs, bright heart between them', () => {
    const pixels = draw(0, 'p_0', 128);
    const around = (x: number, y: number) => {
      let sum = 0;
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++)
          sum += pixels[(Math.round(y * 128) + dy) * 128 + Math.round(x * 128) + dx] as number;
      }
      return sum / 25;
    };
    expect(around(0.03, 0.04)).toBeLessThan(25);
    for (const lung of [0.25, 0.75]) expect(around(lung, 0.4)).toBeLessThan(130);
    expect(around(0.55, 0.63)).toBeGreaterThan(150);
    expect(around(0.5, 0.9)).toBeGreaterThan(150);
  });

  test('each finding can be learnt by a linear model of coarse features, and shuffled labels cannot', () => {
    const plan = planPhantoms({ images: 700, seed: 3, minimumPrevalence: 0.08 });
    const inputs = plan.map(({ name, patient, labels }) =>
      features(drawPhantom({ seed: 3, patient, name, labels, size: SIZE }), SIZE),
    );
    const { train, validation } = splitByPatient(plan, { validationFraction: 0.4, seed: 1 });
    const auroc = (present: (row: number) => boolean) => {
      const weights = fitLogistic(inputs, train, present);
      return areaUnderCurve(
        Array.from(validation, (row) => ({
          score: score(weights, inputs[row] as Float64Array),
          positive: present(row),
        })),
      );
    };
    const learnt = FINDINGS.map((_, index) =>
      auroc((row) => ((plan[row]?.labels ?? 0) & (1 << index)) !== 0),
    );
    const mean = learnt.reduce((sum, value) => sum + value, 0) / learnt.length;
    expect(learnt.filter((value) => value > 0.75).length).toBeGreaterThanOrEqual(12);
    expect(Math.min(...learnt)).toBeGreaterThan(0.6);
    expect(mean).toBeGreaterThan(0.88);
    const byChance = auroc((row) => (row * 7919) % 11 === 0);
    expect(Math.abs(byChance - 0.5)).toBeLessThan(0.2);
  });
});
