export { openDataset, type Dataset, type DatasetProblems, type OpenOptions } from './open-dataset.js';
export { findSources, type Sources } from './sources.js';
export { splitByPatient } from './split.js';
export type { BadRow, Entry } from './entries.js';
export type { UnreadableImage } from './cache-build.js';
export { defaultCacheFolder } from './cache-folder.js';
export { ENTRIES_FILE, readEntries, type Entries } from './entries.js';
export { findingsOf, formatLabels, parseLabels } from './labels.js';
export { synthesizeDataset, type SynthesizedDataset, type SynthesizeOptions } from './synthesize.js';
export {
  DEFAULT_DATASET_REPO,
  downloadDataset,
  type DownloadedDataset,
  type DownloadOptions,
} from './download.js';
export { checkDataset, type DatasetReport } from './check.js';
export { formatDatasetReport } from './format-report.js';
