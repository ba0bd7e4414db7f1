import type { Rejection } from '../common/index.js';
import type { SampleLoss } from './adjusted-losses.js';
import { holds } from './evaluation.js';
import type { EvaluationRow } from './evaluation-store.js';

/** What is known of a model on one version of the data. */
export type Evidence =
  /** Evaluated in fp32: it can be ranked. */
  | { readonly kind: 'decided'; readonly losses: readonly SampleLoss[]; readonly meanAuroc: number | null }
  /** Evaluated in bf16 and found to know nothing: it stands behind all that do. */
  | { readonly kind: 'screened'; readonly losses: readonly SampleLoss[]; readonly meanAuroc: number | null }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'none' };

/** Reads a model's evaluations, oldest first. What failed only once does not undo what succeeded before. */
export function evidenceOf(rows: readonly EvaluationRow[], block: number): Evidence {
  const held = rows.filter((row) => holds(row, block));
  // bf16 alone refuses nobody for its numbers: fp32 decides.
  const refused = held.flatMap(({ outcome, precision }) =>
    outcome.ok || (precision === 'bf16' && outcome.code === 'NOT_FINITE') ? [] : [outcome],
  );
  const lasting = refused.find(({ code }) => code === 'NOT_FINITE');
  if (lasting !== undefined) return { kind: 'refused', rejection: lasting };
  const lossesIn = (precision: 'fp32' | 'bf16') =>
    held.flatMap(({ modelId, sample, images, outcome, ...row }) =>
      outcome.ok && row.precision === precision
        ? [{ modelId, sample, images, loss: outcome.loss, meanAuroc: outcome.meanAuroc }]
        : [],
    );
  const decided = lossesIn('fp32');
  if (decided.length > 0)
    return { kind: 'decided', losses: decided, meanAuroc: decided.at(-1)?.meanAuroc ?? null };
  if (refused[0] !== undefined) return { kind: 'refused', rejection: refused[0] };
  const screened = lossesIn('bf16');
  if (screened.length > 0)
    return { kind: 'screened', losses: screened, meanAuroc: screened.at(-1)?.meanAuroc ?? null };
  return { kind: 'none' };
}
