export { MINER_DEFAULTS, type MinerSettings } from './settings.js';
export { learningRateOf, TRAINING_MODES, type TrainingMode } from './training-mode.js';
