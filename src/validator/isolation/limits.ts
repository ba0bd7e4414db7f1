import { totalmem } from 'node:os';

/** What a worker may use. */
export interface EvaluationLimits {
  /** Bytes of memory of its own, code and pages of files not counted. */
  readonly memoryBytes: number;
  /** Milliseconds for one task, however much it gets done. */
  readonly taskMs: number;
  /** Milliseconds without a sign of progress, as a batch that is done. */
  readonly silenceMs: number;
  /** Milliseconds from the start of a process until it can work. */
  readonly startMs: number;
}

const GIB = 2 ** 30;

/**
 * Half of the memory of the machine, or of the container where that is less, but at least 2 GiB and at most 16; an hour for a
 * model, five minutes for a batch.
 */
export function evaluationLimits(chosen: Partial<EvaluationLimits> = {}): EvaluationLimits {
  return {
    memoryBytes: Math.min(16 * GIB, Math.max(2 * GIB, Math.floor(availableBytes() / 2))),
    taskMs: 3_600_000,
    silenceMs: 300_000,
    startMs: 120_000,
    ...chosen,
  };
}

/** A container that runs out of its memory may be ended as a whole. */
function availableBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(totalmem(), limit) : totalmem();
}
