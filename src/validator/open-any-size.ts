import { HealthTensorError } from '../common/index.js';
import type { DataFacts, EvaluationData } from './evaluation-data.js';

/**
 * Opens the data at one of these input sizes, whichever: each shows what images there are. Without a size, or when the
 * disk has room for none, it says why not.
 * @throws HealthTensorError from the data set
 */
export async function openAnySize(
  data: EvaluationData,
  sizes: Iterable<number>,
  signal?: AbortSignal,
): Promise<{ readonly facts: DataFacts } | { readonly reason: string }> {
  const openFirst = [...new Set(sizes)].sort(
    (a, b) => Number(data.isOpen(b)) - Number(data.isOpen(a)) || a - b,
  );
  let reason: string | undefined;
  for (const size of openFirst) {
    try {
      return { facts: (await data.open(size, signal)).facts };
    } catch (error) {
      if (!(error instanceof HealthTensorError && error.code === 'DISK_FULL')) throw error;
      reason ??= error.message;
    }
  }
  return { reason: reason ?? 'there is no model to evaluate' };
}
