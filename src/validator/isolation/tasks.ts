import type {
  Device,
  EvaluateOptions,
  evaluateWeights,
  inspectWeights,
  weightsDistance,
} from '../../engine/index.js';

/** What a worker is asked to do: the engine's functions on strangers' files, without the device, which is the worker's. */
export interface Tasks {
  inspect: {
    task: Parameters<typeof inspectWeights>[0];
    verdict: Awaited<ReturnType<typeof inspectWeights>>;
  };
  evaluate: {
    task: Omit<EvaluateOptions, 'device' | 'signal' | 'onProgress'>;
    verdict: Awaited<ReturnType<typeof evaluateWeights>>;
  };
  distance: {
    task: Parameters<typeof weightsDistance>[0];
    verdict: Awaited<ReturnType<typeof weightsDistance>>;
  };
}
export type TaskName = keyof Tasks;
export type Task<N extends TaskName = TaskName> = Tasks[N]['task'];
export type TaskVerdict<N extends TaskName = TaskName> = Tasks[N]['verdict'];

/** The first frame to a worker, answered by `ready`. */
export interface Greeting {
  readonly device: Pick<Device, 'kind' | 'threads' | 'indices'>;
}

/** Each later frame to a worker. */
export interface TaskMessage<N extends TaskName = TaskName> {
  readonly name: N;
  readonly task: Task<N>;
}

/** The files that a task reads: strangers' weights and our pixel caches. */
export function pathsOf(task: Task): string[] {
  return Object.entries(task).flatMap(([name, value]) =>
    /path$/i.test(name) && typeof value === 'string' ? [value] : [],
  );
}
