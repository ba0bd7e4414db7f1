import type { WalletLocation } from '../chain/index.js';
import type { RepoId, Revision } from '../common/index.js';
import type { DeviceRequest } from '../engine/index.js';
import type { PayoutName } from './payout/curves.js';
import type { EvaluationLimits } from './isolation/limits.js';

/** Everything a validator is told; the command line checks each value before it gets here. */
export interface ValidatorSettings {
  netuid: number;
  /** WebSocket URLs of nodes of the chain; the next is used when one fails. */
  endpoints: readonly string[];
  wallet: WalletLocation;
  device: DeviceRequest;
  hub: {
    endpoint: string;
    /** ACCESS_TOKEN: for the data set only; it is never sent to a miner's repository. */
    token: string | undefined;
    /** HF_DOWNLOAD_HOSTS: where a mirror may send downloads. */
    downloadHosts?: readonly string[] | undefined;
  };
  models: {
    /** MODELS_TOKEN: for miners' repositories; never the data set's. */
    token: string | undefined;
    /** The most that fetched models may take on the disk. */
    maxBytes: number;
  };
  dataset: {
    path: string;
    /** DATASET_LINK: downloaded into `path`, and kept at its newest revision. */
    link?: RepoId | undefined;
    /** The revision that is used whatever is published later. */
    revision?: Revision | undefined;
    /** Where pixel caches go; the default is the user's cache folder. */
    cacheDirectory?: string | undefined;
  };
  /** A neuron with a permit and more stake (TAO) than this is a validator and is not evaluated. */
  vpermitTaoLimit: number;
  /** Blocks between two weight settings. */
  epochLength: number;
  /** The most miners in a round. */
  sampleSize: number;
  /** Blocks between two rounds. */
  queryTime: number;
  /** Part of the newest reward in a score, above 0 and at most 1. */
  movingAverageAlpha: number;
  disableSetWeights: boolean;
  /** How rewards fall with the rank. */
  payout: PayoutName;
  /** Images drawn for each round; all when the data set has fewer. */
  evaluationImages: number;
  /** Models with larger inputs are refused: each size costs a pixel cache. */
  maxImageSize: number;
  batchSize: number;
  /** Milliseconds for the download of one miner's model. */
  fetchDeadlineMs: number;
  /** What a process that evaluates strangers' models may use; evaluationLimits says what the rest is. */
  evaluation?: Partial<EvaluationLimits> | undefined;
  /** Stop after so many rounds, with the weights set; for ever when undefined. */
  rounds?: number | undefined;
  /** The default is validatorStateDirectory's. */
  stateDirectory?: string | undefined;
}

/** What the command line takes when a value is not given. */
export const VALIDATOR_DEFAULTS = {
  vpermitTaoLimit: 4096,
  epochLength: 300,
  sampleSize: 256,
  queryTime: 10,
  movingAverageAlpha: 0.8,
  disableSetWeights: false,
  payout: 'original',
  evaluationImages: 2048,
  maxImageSize: 256,
  batchSize: 64,
  fetchDeadlineMs: 300_000,
  models: { token: undefined, maxBytes: 50e9 },
} as const satisfies Partial<ValidatorSettings>;
