import type { ModelEvaluator } from './model-evaluator.js';

type Inspect = ModelEvaluator['inspect'];

/**
 * Reads each file once as each architecture: a fleet that publishes one file under many hotkeys costs one reading. Errors are
 * not kept.
 */
export function readOnce(inspect: Inspect): Inspect {
  const known = new Map<string, Awaited<ReturnType<Inspect>>>();
  return async (file) => {
    const key = JSON.stringify([file.weightsPath, file.spec]);
    const verdict = known.get(key) ?? (await inspect(file));
    known.set(key, verdict);
    return verdict;
  };
}
