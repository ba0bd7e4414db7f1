export type { EpochRow } from './epoch-log.js';
export { readPublications } from './publication-file.js';
export { runMiner } from './run.js';
export { MINER_DEFAULTS, type MinerSettings } from './settings.js';
export { minerStateDirectory, minerStateFiles } from './state-directory.js';
export type { PretrainedSource } from './pretrained-source.js';
export { TRAINING_MODES, type TrainingMode } from './training-mode.js';
export { type RecipeChanges, trainingPlan } from './training-plan.js';
