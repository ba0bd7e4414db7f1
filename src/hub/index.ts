export type { HubSettings } from './connection.js';
export { HubMisbehaved, HubUnreachable } from './failures.js';
export type { FetchedFile, FetchProgress, FetchRequest } from './fetch-verified.js';
export type { FileRequest } from './fetch-file.js';
export { Hub } from './hub.js';
export { DEFAULT_LIMITS, type HubLimits } from './limits.js';
export type { LookRequest } from './look-up.js';
export { modelCard } from './model-card.js';
export { modelConfig } from './model-config.js';
export { MAX_CONFIG_BYTES, MODEL_FILES } from './model-files.js';
export { modelMetrics } from './model-metrics.js';
export type { ModelReport } from './model-report.js';
export { parseModelConfig } from './parse-model-config.js';
export type { PretrainedConfig } from './pretrained-config.js';
export {
  fetchPretrained,
  MAX_PRETRAINED_BYTES,
  type Pretrained,
  type PretrainedRequest,
  readPretrainedFolder,
} from './pretrained-fetch.js';
export { imagenetWeights, knownPretrained, type PretrainedWeights } from './pretrained-weights.js';
export { parseSafetensorsHead, SAFETENSORS_HEAD_BYTES } from './safetensors-header.js';
export { timmFace } from './timm-face.js';
export type { PublishRequest } from './publish.js';
export type { RemoteFile } from './remote-file.js';
export type { RepoType } from './repository.js';
export type { Visibility } from './visibility.js';
