import type { RoundReport, RoundResult } from '../../report.js';
import { VERDICTS_OF_BYTES } from '../../verdicts-of-bytes.js';
import { type Check, notChecked, passed, warned } from '../check.js';
import { contradicted, gone, type Judge, type Passed, throughTheGates } from './fetched-model.js';

/** Refused results that can be judged again from the bytes, and the others. */
export function refusalsOf({ results }: RoundReport): { again: RoundResult[]; rest: RoundResult[] } {
  const refused = results.filter(({ outcome, repo }) => outcome === 'refused' && repo !== undefined);
  const isAgain = ({ code, evidence }: RoundResult) =>
    VERDICTS_OF_BYTES.has(code ?? '') || (code === 'COPY_OF' && isCopyOfBytes(evidence?.['by']));
  return { again: refused.filter(isAgain), rest: refused.filter((one) => !isAgain(one)) };
}

function isCopyOfBytes(by: unknown): by is 'file' | 'tensors' {
  return by === 'file' || by === 'tensors';
}

/**
 * Fetches and reads a model that was refused, and compares the verdicts.
 * @throws the signal's reason
 */
export async function refusalCheck(result: RoundResult, report: RoundReport, judge: Judge): Promise<Check> {
  const check = `uid-${result.uid}`;
  try {
    const model = await throughTheGates(result, judge);
    if (model === undefined) return gone(check, 'the report does not name what was refused');
    return result.code === 'COPY_OF'
      ? copyCheck(check, result, model, report)
      : sameVerdict(check, result, model);
  } catch (error) {
    judge.signal?.throwIfAborted();
    return notChecked(check, error);
  } finally {
    await judge.models.keepOnly([]);
  }
}

function sameVerdict(check: string, { code }: RoundResult, model: Passed): Check {
  if (!model.ok) {
    const text = `refused here too, ${model.code}: ${model.detail}`;
    if (model.code === code) return passed(check, text);
    return VERDICTS_OF_BYTES.has(model.code)
      ? warned(
          check,
          `${text}; in the report ${code}`,
          'Another order of the same checks may find another fault first.',
        )
      : gone(check, `${model.code}: ${model.detail}`);
  }
  if (code === 'NOT_FINITE') {
    const text = 'its weights are finite; whether its loss is was not computed again';
    return warned(check, text, 'Put it through healthtensor miner self-check with the same images.');
  }
  return contradicted(check, 'OTHER_VERDICT', `passes every gate here, in the report ${code}`);
}

/** Whether the weights are those of the hotkey that is said to hold them, and that one was first. */
function copyCheck(check: string, result: RoundResult, model: Passed, { results }: RoundReport): Check {
  if (!model.ok) return gone(check, `${model.code}: ${model.detail}`);
  const { by, holder } = result.evidence ?? {};
  const original = results.find(({ hotkey }) => hotkey === holder);
  const digest = by === 'file' ? 'weightsSha256' : 'tensorDigest';
  if (original?.[digest] === undefined)
    return gone(check, `a copy of ${holder}, whose model is not in this report`);
  if (original[digest] !== model.identity[digest])
    return contradicted(
      check,
      'OTHER_VERDICT',
      `has not the same ${by} as uid ${original.uid}, in the report COPY_OF it`,
    );
  return passed(check, `has the same ${by} as uid ${original.uid}`);
}
