export {
  datasetChanged,
  openDataset,
  type Dataset,
  type DatasetProblems,
  type OpenOptions,
} from './open-dataset.js';
export { findSources, type Sources } from './sources.js';
export { splitByPatient } from './split.js';
export type { BadRow, Entry } from './entries.js';
export type { UnreadableImage } from './cache-build.js';
export { isCacheOf } from './cache-sidecar.js';
export {
  cachedSizes,
  cacheFolderOf,
  defaultCacheFolder,
  removeOldCaches,
  versionAt,
} from './cache-folder.js';
export { ENTRIES_FILE, readEntries, type Entries } from './entries.js';
export { findingsOf, formatLabels, parseLabels } from './labels.js';
export { synthesizeDataset, type SynthesizedDataset, type SynthesizeOptions } from './synthesize.js';
export {
  downloadDataset,
  type DownloadedDataset,
  type DownloadOptions,
  installStaged,
  stageDownload,
  type StagedDataset,
} from './download.js';
export { contentOf } from './repository-content.js';
export { installedDataset, type InstalledDataset } from './installed.js';
export { checkDataset, type CheckOptions, type DatasetReport } from './check.js';
export type { DuplicateGroup } from './duplicate-groups.js';
export { problemsOf } from './report-problems.js';
export { formatDatasetReport } from './format-report.js';
