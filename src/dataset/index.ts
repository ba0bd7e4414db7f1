export { openDataset, type Dataset, type DatasetProblems, type OpenOptions } from './open-dataset.js';
export { splitByPatient } from './split.js';
export type { BadRow, Entry } from './entries.js';
export type { UnreadableImage } from './cache-build.js';
export { defaultCacheFolder } from './cache-folder.js';
