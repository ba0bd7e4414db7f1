/** The public face of the package: what a program may build on. The command line is `healthtensor --help`. */
export * from './common/index.js';
export * from './engine/index.js';
export * from './hub/index.js';
export * from './chain/index.js';
export * from './dataset/index.js';
export { runMiner, type MinerSettings } from './miner/index.js';
export { runValidator, type ValidatorSettings } from './validator/index.js';
