import { describe, expect, test } from '@jest/globals';
import { FINDINGS } from '../../../src/common/index.js';
import { planPhantoms } from '../../../src/dataset/phantom/plan.js';

const count = (plan: readonly { labels: number }[], finding: (typeof FINDINGS)[number]) =>
  plan.filter(({ labels }) => (labels & (1 << FINDINGS.indexOf(finding))) !== 0).length;

describe('planPhantoms', () => {
  const plan = planPhantoms({ images: 1000, seed: 9, minimumPrevalence: 0.06 });

  test('plans as many images as asked, each once, several for some patients', () => {
    expect(new Set(plan.map(({ name }) => name)).size).toBe(1000);
    const patients = new Set(plan.map(({ patient }) => patient)).size;
    expect(patients).toBeGreaterThan(350);
    expect(patients).toBeLessThan(600);
    expect(plan.every(({ name, patient }) => name.startsWith(`${patient}_`))).toBe(true);
  });

  test("common findings are as common as in NIH's set, rare ones are raised to the minimum", () => {
    expect(count(plan, 'Infiltration')).toBe(177);
    expect(count(plan, 'Effusion')).toBe(119);
    expect(count(plan, 'Hernia')).toBe(60);
    const asInLife = planPhantoms({ images: 1000, seed: 9, minimumPrevalence: 0 });
    expect(count(asInLife, 'Hernia')).toBe(2);
    const healthy = asInLife.filter(({ labels }) => labels === 0).length / 1000;
    expect(healthy).toBeGreaterThan(0.4);
    expect(healthy).toBeLessThan(0.7);
  });

  test('a finding mostly stays with its patient', () => {
    const patients = new Set(
      plan
        .filter(({ labels }) => (labels & (1 << FINDINGS.indexOf('Mass'))) !== 0)
        .map(({ patient }) => patient),
    );
    expect(patients.size).toBeLessThan(45); // of 60 images
  });

  test('a single image can be planned', () => {
    expect(planPhantoms({ images: 1, seed: 1, minimumPrevalence: 0.06 })).toHaveLength(1);
  });
});
