import type { Digest, Hotkey, RepoId } from '../common/identifiers.js';
import type { ModelSpec } from '../common/model-spec.js';

/** Where a training began. */
export interface ModelStart {
  /** For people. */
  readonly source: string;
  /** On the hub, when everybody finds it there. */
  readonly repo?: string;
  readonly revision?: string;
  /** SPDX id. */
  readonly licence?: string;
  readonly attribution?: string;
  /** Of the safetensors file. */
  readonly sha256?: string;
}

/** What a miner knows about a model that it publishes: the source of the model card and of metrics.json. */
export interface ModelReport {
  readonly repo: RepoId;
  readonly spec: ModelSpec;
  /** Trainable numbers. */
  readonly parameters: number;
  /** On validation images, of patients that were not trained on. */
  readonly evaluation: {
    readonly images: number;
    /** Mean binary cross-entropy. */
    readonly loss: number;
    /** Per finding in the order of FINDINGS; null where a finding is in none or in all images. */
    readonly auroc: readonly (number | null)[];
    readonly meanAuroc: number | null;
    /** Average precision; null where a finding is in no image. */
    readonly auprc: readonly (number | null)[];
    readonly meanAuprc: number | null;
    /** Mean squared error of the probabilities. */
    readonly brier: readonly number[];
    readonly meanBrier: number;
    /** Expected calibration error, 15 bins of equal width. */
    readonly ece: readonly number[];
    readonly meanEce: number;
  };
  readonly training: {
    readonly images: number;
    readonly epoch: number;
    /** Unknown when the run that trained the epoch was stopped before it could say. */
    readonly loss?: number | undefined;
    readonly batchSize: number;
    readonly learningRate: number;
    readonly seed: number;
    readonly device?: string | undefined;
    /** Type of the activations. */
    readonly precision?: string | undefined;
    /** --training_mode */
    readonly mode?: string | undefined;
    readonly recipe?: { readonly text: string; readonly values: object } | undefined;
    /** What the weights were before the first step. */
    readonly start?: ModelStart | undefined;
  };
  readonly dataset: {
    /** For people. */
    readonly name: string;
    /** Data set on the hub, when it is one. */
    readonly repo?: string | undefined;
    readonly revision?: string | undefined;
    /** Says which images and labels exactly. */
    readonly fingerprint?: string | undefined;
  };
  /** What ties the weights to their author on chain. */
  readonly commitment?:
    | {
        readonly netuid: number;
        readonly hotkey: Hotkey;
        readonly digest: Digest;
        /** Of model.safetensors, 64 hex digits. */
        readonly weightsSha256: string;
      }
    | undefined;
  /** Of HealthTensor. */
  readonly version?: string | undefined;
}
