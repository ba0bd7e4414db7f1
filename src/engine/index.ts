export {
  ARCHITECTURES,
  type ArchitectureFacts,
  MODEL_TYPES,
  type OptionFacts,
  modelSpec,
  parseModelType,
} from './architectures.js';
export type { CallControl } from './cancellable.js';
export { type DeviceRequest, parseDevice } from './device-request.js';
export { type Device, openDevice } from './device.js';
export { type Launch, gpusOf, launchOf, leads, parseProcesses } from './launch.js';
export { followTraining, GROUP_TIMEOUT_MS, openTraining } from './open-training.js';
export { ProcessGroup, type ProcessGroupOptions } from './process-group.js';
export { type EngineInfo, engineInfo } from './engine-info.js';
export { type EvaluateOptions, type EvaluationPrecision, evaluateWeights } from './evaluate.js';
export type { Evaluation } from './evaluation.js';
export { type Inspection, inspectWeights, type WeightsDistance, weightsDistance } from './inspect.js';
export { type ExpectedTensor, expectedTensors, matchTensors } from './match-tensors.js';
export type { Progress } from './progress.js';
export {
  type Augmentation,
  NO_AUGMENTATION,
  plainRecipe,
  type Precision,
  type Recipe,
  resolvePrecision,
} from './recipe.js';
export { openSandbox, type Sandbox, type SandboxOptions } from './sandbox/sandbox.js';
export { type EpochResult, type Standing, Trainer, type TrainerOptions } from './trainer.js';
