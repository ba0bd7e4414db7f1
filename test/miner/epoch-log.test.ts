import { describe, expect, test } from '@jest/globals';
import { FINDINGS, Log } from '../../src/common/index.js';
import { epochLine, epochRow, progressLine, progressLogger } from '../../src/miner/epoch-log.js';

const evaluation = {
  loss: 0.1875,
  images: 20,
  perImageLoss: new Float32Array(20),
  logits: new Float32Array(0),
  auroc: FINDINGS.map((_, i) => (i === 0 ? null : 0.7)),
  meanAuroc: 0.7,
  auprc: FINDINGS.map(() => 0.1),
  meanAuprc: 0.1,
  brier: FINDINGS.map(() => 0.05),
  meanBrier: 0.05,
  ece: FINDINGS.map(() => 0.02),
  meanEce: 0.02,
};

describe('an epoch', () => {
  test('is one row with its losses, AUROC, speed and whether it is the best', () => {
    const trained = { loss: 0.25, images: 100, seconds: 2 };
    const row = epochRow({
      epoch: 3,
      trained,
      evaluation,
      learningRate: 8.1e-4,
      best: true,
      now: new Date(0),
    });
    expect(epochLine(row)).toBe(
      'Epoch 3 | train 0.250000 | validation 0.187500 | AUROC 0.7000 | AUPRC 0.1000 | rate 8.1e-4 | 2 s, 50 images/s | best',
    );
    expect(row.auroc).toMatchObject({ Atelectasis: null, Pneumothorax: 0.7 });
  });

  test('does not make up what is not known', () => {
    const undefinedAuroc = { ...evaluation, meanAuroc: null, meanAuprc: null };
    const row = epochRow({
      epoch: 3,
      trained: undefined,
      evaluation: undefinedAuroc,
      learningRate: 1e-3,
      best: false,
      now: new Date(0),
    });
    expect(epochLine(row)).toBe('Epoch 3 | train - | validation 0.187500 | AUROC - | AUPRC - | rate 1.0e-3');
  });
});

test('progress is told at most once in ten seconds', () => {
  const lines: string[] = [];
  let now = 0;
  const report = progressLogger(new Log({ level: 'INFO', write: (line) => lines.push(line) }), () => now);
  for (let batch = 0; batch < 250; batch++) {
    now = batch * 100;
    report({
      phase: 'train',
      epoch: 0,
      batch,
      batches: 250,
      images: batch * 32,
      imagesPerSecond: 320,
      learningRate: 1e-3,
      loss: 0.5,
    });
  }
  expect(lines.map((line) => line.split(' | ')[2]?.trim())).toEqual([
    'Epoch 1: batch 100 of 250, 320 images/s, 15 s left, rate 1.0e-3, loss 0.500000',
    'Epoch 1: batch 200 of 250, 320 images/s, 5 s left, rate 1.0e-3, loss 0.500000',
  ]);
});

test('progress says what there is to say in each phase', () => {
  const progress = {
    epoch: 2,
    batch: 5,
    batches: 5,
    images: 160,
    imagesPerSecond: 80,
    learningRate: 0,
    loss: 0.2,
  };
  expect(progressLine({ ...progress, phase: 'evaluate' })).toBe(
    'Validating: batch 5 of 5, 80 images/s, 0 s left, loss 0.200000',
  );
  expect(progressLine({ ...progress, phase: 'features', batch: 0, imagesPerSecond: 0 })).toBe(
    'Features: batch 0 of 5, 0 images/s',
  );
});
