import { describe, expect, test } from '@jest/globals';
import { answerBytes, workerMessage } from '../../../src/validator/isolation/answers.js';
import type { Task, TaskMessage } from '../../../src/validator/isolation/tasks.js';
import { GRAYSCALE_SPEC as spec } from '../../support/grayscale-model.js';

const files = { spec, weightsPath: '/models/model.safetensors' };
const ASKED = {
  inspect: { name: 'inspect', task: files },
  evaluate: { name: 'evaluate', task: { ...files, cachePath: '/pixels', indices: Uint32Array.of(4, 7) } },
  distance: { name: 'distance', task: { ...files, otherPath: '/models/other.safetensors' } },
} satisfies Record<string, TaskMessage>;

const INSPECTION = { ok: true, parameters: 7, tensorDigest: 'a'.repeat(64), backboneDigest: '0'.repeat(16) };
const DISTANCE = { ok: true, relative: 0.1, backbone: 0, head: 1 };
const FINDINGS = Array<number>(14).fill(0.5);
const EVALUATION = {
  images: 2,
  loss: 0.3,
  perImageLoss: Float32Array.of(0.2, 0.4),
  logits: new Float32Array(28),
  auroc: [null, ...FINDINGS.slice(1)],
  auprc: FINDINGS,
  brier: FINDINGS,
  ece: FINDINGS,
  meanAuroc: 0.5,
  meanAuprc: null,
  meanBrier: 0.5,
  meanEce: 0.5,
};
const REJECTION = { ok: false, code: 'NOT_FINITE', detail: 'fc.weight has a NaN' };
const PROGRESS = { phase: 'evaluate', epoch: 0, batch: 1, batches: 2, images: 1, imagesPerSecond: 9.5 };

const answered = (name: keyof typeof ASKED, verdict: unknown) =>
  workerMessage({ kind: 'verdict', verdict }, ASKED[name]);
const evaluated = (change: object) =>
  answered('evaluate', { ok: true, evaluation: { ...EVALUATION, ...change } });

describe('the answer of a worker', () => {
  test('is passed on as it is when it fits the question', () => {
    for (const [name, verdict] of [
      ['inspect', INSPECTION],
      ['distance', DISTANCE],
      ['evaluate', { ok: true, evaluation: EVALUATION }],
      ['inspect', REJECTION],
    ] as const) {
      expect(answered(name, verdict)).toEqual({ kind: 'verdict', verdict });
    }
    const progress = { ...PROGRESS, loss: 0.3, learningRate: 0 };
    expect(workerMessage({ kind: 'progress', progress }, ASKED.evaluate)).toEqual({
      kind: 'progress',
      progress,
    });
    expect(workerMessage({ kind: 'ready' })).toEqual({ kind: 'ready' });
    const error = { kind: 'error', code: 'READ_FAILED', message: 'gone', remedy: 'look' };
    expect(workerMessage(error, ASKED.inspect)).toEqual(error);
  });

  test('loses what was not asked for', () => {
    const verdict = { ...REJECTION, evidence: { balance: 'x'.repeat(9000) }, remedy: 'pay' };
    expect(answered('inspect', verdict)).toEqual({ kind: 'verdict', verdict: REJECTION });
    expect(answered('inspect', { ...INSPECTION, modelId: 'mine' })).toEqual({
      kind: 'verdict',
      verdict: INSPECTION,
    });
    expect(evaluated({ score: 1 })).toEqual(evaluated({}));
  });

  test.each([
    ['a loss that is no number', { perImageLoss: Float32Array.of(0.2, NaN) }],
    ['an infinite logit', { logits: new Float32Array(28).fill(-Infinity, 27) }],
    ['a loss too few', { perImageLoss: Float32Array.of(0.2) }],
    ['losses in a list', { perImageLoss: [0.2, 0.4] }],
    ['logits of another precision', { logits: new Float64Array(28) }],
    ['another number of images', { images: 3 }],
    ['no mean', { loss: null }],
    ['a figure of no finding', { brier: [null, ...FINDINGS.slice(1)] }],
    ['fifteen findings', { auroc: [...FINDINGS, 0.5] }],
  ])('is refused with %s', (_, change) => {
    expect(() => evaluated(change)).toThrow('makes no sense');
  });

  test.each([
    ['nothing', null],
    ['a text', 'sound'],
    ['neither yes nor no', { ...INSPECTION, ok: 'perhaps' }],
    ['a verdict that is not its own to give', { ...REJECTION, code: 'COPY_OF' }],
    ['an unknown verdict', { ...REJECTION, code: 'GENEROUS' }],
    ['a long story', { ...REJECTION, detail: 'x'.repeat(4097) }],
    ['a digest that is none', { ...INSPECTION, tensorDigest: '../../hotkey' }],
    ['the answer to another question', DISTANCE],
  ])('is refused that is %s', (_, verdict) => {
    expect(() => answered('inspect', verdict)).toThrow('makes no sense');
  });

  test('is refused where nothing was asked, or something else', () => {
    expect(() => workerMessage({ kind: 'verdict', verdict: REJECTION })).toThrow('makes no sense');
    expect(() => workerMessage({ kind: 'ready' }, ASKED.inspect)).toThrow('makes no sense');
    expect(() => workerMessage({ kind: 'progress', progress: { phase: 'train' } }, ASKED.inspect)).toThrow();
    expect(() => workerMessage({ kind: 'error', code: 'no code', message: '' })).toThrow('makes no sense');
  });

  test('has room for the numbers of the images that were asked for, and no more', () => {
    expect(answerBytes(ASKED.evaluate.task as Task)).toBe(4 * (2 + 28));
    expect(answerBytes(ASKED.inspect.task)).toBe(0);
  });
});
