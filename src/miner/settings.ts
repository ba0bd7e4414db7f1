import type { WalletLocation } from '../chain/index.js';
import type { RepoId } from '../common/index.js';
import type { ModelSpec } from '../common/index.js';
import type { DeviceRequest, Launch } from '../engine/index.js';
import type { PretrainedSource } from './pretrained-source.js';
import type { TrainingMode } from './training-mode.js';
import type { RecipeChanges } from './training-plan.js';

/** Everything a miner is told; the command line checks each value before it gets here. */
export interface MinerSettings {
  netuid: number;
  /** WebSocket URLs of nodes of the chain; the next is used when one fails. */
  endpoints: readonly string[];
  wallet: WalletLocation;
  device: DeviceRequest;
  /** How many processes train the model, and whether this one leads them; the default is this one alone. */
  launch?: Launch | undefined;
  hub: {
    endpoint: string;
    /** ACCESS_TOKEN: must have the write role. */
    token: string | undefined;
    /** HF_DOWNLOAD_HOSTS: where a mirror may send downloads. */
    downloadHosts?: readonly string[] | undefined;
    /** REPO_ID: the model repository that is published to. */
    repo: RepoId;
  };
  dataset: {
    path: string;
    /** Where pixel caches go; the default is the user's cache folder. */
    cacheDirectory?: string | undefined;
  };
  spec: ModelSpec;
  pretrained: PretrainedSource;
  /** Where fetched weights are kept; the default is the user's cache folder. */
  pretrainedCache?: string | undefined;
  trainingMode: TrainingMode;
  /** What differs from the training mode's recipe. */
  recipe: RecipeChanges;
  /** Passes over the training images; -1 = for ever. */
  numEpochs: number;
  batchSize: number;
  /** Batches between checkpoints. */
  saveModelPeriod: number;
  /** Seconds between two publications; a better model that comes meanwhile waits, the last one does not. */
  publishInterval: number;
  /** Fixes the weights' start, the order of the images and the split; undefined: the hotkey's own (seed.ts). */
  seed?: number | undefined;
  /** Part of the patients kept for validation, above 0 and below 1. */
  validationFraction: number;
  /** Start afresh: what an earlier run left is moved aside. */
  restart: boolean;
  /** The default is minerStateDirectory's. */
  stateDirectory?: string | undefined;
}

/** What the command line takes when a value is not given. */
export const MINER_DEFAULTS = {
  numEpochs: -1,
  batchSize: 32,
  saveModelPeriod: 30,
  // The chain takes about 24 commitments of a hotkey in an epoch of 72 minutes.
  publishInterval: 300,
  // As in the original.
  pretrained: { kind: 'imagenet', explicit: false },
  trainingMode: 'normal',
  recipe: {},
  validationFraction: 0.1,
} as const satisfies Partial<MinerSettings>;
