import type { Verdict } from '../common/index.js';
import {
  type Device,
  type EvaluateOptions,
  type Evaluation,
  type Inspection,
  evaluateWeights,
  inspectWeights,
  type WeightsDistance,
  weightsDistance,
} from '../engine/index.js';

type WeightsFile = Pick<EvaluateOptions, 'spec' | 'weightsPath'>;

/** Whoever opens strangers' files for a round. What is wrong with a model is a verdict; what is wrong with us is thrown. */
export interface ModelEvaluator {
  inspect(file: WeightsFile): Promise<Verdict<Inspection>>;
  evaluate(options: Omit<EvaluateOptions, 'device'>): Promise<Verdict<{ evaluation: Evaluation }>>;
  distance(files: WeightsFile & { otherPath: string }): Promise<Verdict<WeightsDistance>>;
}

/** The engine of this process, for tests and tools: a validator opens strangers' files in processes apart. */
export function engineEvaluator(device: Device): ModelEvaluator {
  return {
    inspect: inspectWeights,
    evaluate: (options) => evaluateWeights({ ...options, device }),
    distance: weightsDistance,
  };
}
