import { FINDINGS } from '../../../src/common/findings.js';
import { drawPhantom } from '../../../src/dataset/phantom/draw.js';
import { planPhantoms } from '../../../src/dataset/phantom/plan.js';
import { splitByPatient } from '../../../src/dataset/split.js';
import { areaUnderCurve, features, fitLogistic, score } from './linear-model.js';

// Draws phantoms, fits a linear model for each finding on some patients and prints how well it tells the others.
const SIZE = 64;
const SEED = 3;
const plan = planPhantoms({ images: 700, seed: SEED, minimumPrevalence: 0.08 });
const inputs = plan.map(({ name, patient, labels }) =>
  features(drawPhantom({ seed: SEED, patient, name, labels, size: SIZE }), SIZE),
);
const { train, validation } = splitByPatient(plan, { validationFraction: 0.4, seed: 1 });

function auroc(present: (row: number) => boolean): number {
  const weights = fitLogistic(inputs, train, present);
  return areaUnderCurve(
    Array.from(validation, (row) => ({
      score: score(weights, inputs[row] as Float64Array),
      positive: present(row),
    })),
  );
}

const learnt = FINDINGS.map((_, index) => auroc((row) => ((plan[row]?.labels ?? 0) & (1 << index)) !== 0));
const byChance = auroc((row) => (row * 7919) % 11 < 3);
process.stdout.write(JSON.stringify({ auroc: learnt, byChance }));
