import type { Rejection } from '../common/index.js';
import { type Answered, judgeNearCopies, logitCorrelation, NEAR_COPY } from './near-copies.js';

/** A model whose answers are known, by its identity. */
export interface KnownAnswers extends Answered {
  readonly modelId: string;
}

// Pairs farther apart than this below the threshold are not looked at with all they have in common.
const NEARLY = 0.01;

/**
 * Near copies among models that are new and those that they may be copies, or originals, of. `known` are all models
 * ever evaluated, also of hotkeys that are gone; `racing` those of them that could earn. Only pairs with a new model are
 * compared: the others were when one of them was new. Verdicts by model id.
 */
export function searchNearCopies(o: {
  readonly fresh: readonly KnownAnswers[];
  readonly racing: readonly KnownAnswers[];
  readonly known: readonly KnownAnswers[];
}): Map<string, Rejection> {
  const found = new Map<string, Rejection>();
  const isFresh = new Set(o.fresh.map(({ modelId }) => modelId));
  const judge = (model: KnownAnswers, others: readonly KnownAnswers[]) => {
    const related = others.filter((other) => isEarlier(other, model) && isAlike(other, model));
    const verdict = judgeNearCopies([...related, model]).get(model.hotkey);
    if (verdict !== undefined) found.set(model.modelId, verdict);
  };
  const earlierOnes = [...o.known.filter(({ modelId }) => !isFresh.has(modelId)), ...o.fresh];
  for (const model of o.fresh) judge(model, earlierOnes);
  for (const model of o.racing) if (!isFresh.has(model.modelId)) judge(model, o.fresh);
  return found;
}

function isEarlier(a: KnownAnswers, b: KnownAnswers): boolean {
  if (a.hotkey === b.hotkey) return false;
  return a.commitBlock === b.commitBlock ? a.hotkey < b.hotkey : a.commitBlock < b.commitBlock;
}

function isAlike(a: KnownAnswers, b: KnownAnswers): boolean {
  return [...a.logits].some(([images, logits]) => {
    const others = b.logits.get(images);
    return (
      others?.length === logits.length && logitCorrelation(logits, others) > NEAR_COPY.correlation - NEARLY
    );
  });
}
