import { describe, expect, test } from '@jest/globals';
import { reject } from '../../src/common/index.js';
import type { EvaluationRow } from '../../src/validator/evaluation-store.js';
import { evidenceOf } from '../../src/validator/evidence.js';

const row = (precision: 'fp32' | 'bf16', outcome: EvaluationRow['outcome'], block = 10): EvaluationRow => ({
  modelId: 'm',
  sample: `s${block}`,
  precision,
  outcome,
  block,
  images: 100,
});
const loss = (value: number) => ({ ok: true as const, loss: value, meanAuroc: 0.7 });
const kindOf = (...rows: EvaluationRow[]) => evidenceOf(rows, 20).kind;

describe('the evidence on a model', () => {
  test('is what fp32 says, and bf16 only where that says nothing', () => {
    expect(kindOf()).toBe('none');
    expect(kindOf(row('bf16', loss(0.3)))).toBe('screened');
    expect(evidenceOf([row('bf16', loss(0.3)), row('fp32', loss(0.2))], 20)).toMatchObject({
      kind: 'decided',
      losses: [{ loss: 0.2, images: 100 }],
    });
  });

  test('is a refusal for ever when an answer is no number in fp32, whatever came before', () => {
    const rows = [row('fp32', loss(0.2)), row('fp32', reject('NOT_FINITE', 'NaN'), 11)];
    expect(evidenceOf(rows, 1e6)).toMatchObject({ kind: 'refused', rejection: { code: 'NOT_FINITE' } });
  });

  test('is none when bf16 alone gave no number: fp32 decides', () => {
    expect(kindOf(row('bf16', reject('NOT_FINITE', 'NaN')))).toBe('none');
    expect(kindOf(row('bf16', reject('NOT_FINITE', 'NaN')), row('fp32', loss(0.2)))).toBe('decided');
  });

  test('holds what took too much memory or time against a model for an hour, unless it ever succeeded', () => {
    const failed = row('fp32', reject('OUT_OF_MEMORY', 'twice'));
    expect(kindOf(failed)).toBe('refused');
    expect(evidenceOf([failed], 310).kind).toBe('none');
    expect(kindOf(row('fp32', loss(0.2), 9), failed)).toBe('decided');
  });
});
