import type { ModelOptions } from '../common/model-spec.js';
import type { Progress } from './progress.js';
import type { Augmentation, Precision, Recipe } from './recipe.js';
import type { Standing } from './trainer.js';

/**
 * The boundary between TypeScript and build/Release/healthtensor.node, written by hand and kept equal to native/node/.
 *
 * Every call that touches a tensor runs on the one engine thread of its Node environment, in the order of the calls, and
 * answers by promise. A failure is an Error with a stable upper-case `code` (see native/failure.h).
 */
export interface NativeAddon {
  /** Facts about this build. Asks nothing about CUDA. */
  info(): NativeInfo;
  /** The addon's own table of architectures. */
  architectures(): NativeArchitecture[];
  /** Whether the NVIDIA driver's libcuda can be loaded. Does not load libtorch_cuda. */
  cudaDriverPresent(): boolean;
  /**
   * Loads libtorch_cuda.so, which registers the CUDA backend. It must come before `cudaInfo`: the first question about
   * CUDA fixes the answer for the life of the process. Throws CUDA_LOAD_FAILED with the loader's own text.
   */
  loadCuda(libraryPath: string): void;
  /** Loads what several GPUs need, after `loadCuda`. Throws NCCL_UNAVAILABLE. */
  loadNccl(): void;
  /** What is registered; only sensible after `loadCuda`. `registered` is the build's proof that CUDA was linked in. */
  cudaInfo(): { registered: boolean; devices: number; bfloat16: boolean };
  /** Trains a tiny network for a few steps on made-up pixels: the build's proof that the addon works. */
  selfTest(device: NativeDevice): Promise<{ firstLoss: number; lastLoss: number }>;

  /** A flag that a running call looks at between batches. */
  Cancellation: new () => NativeCancellation;
  /** The processes that train one model together. Rank 0 listens from the constructor on. */
  ProcessGroup: new (options: NativeProcessGroupOptions) => NativeProcessGroup;
  /** Opens or resumes a training. Codes: UNKNOWN_ARCHITECTURE, BAD_CONFIG, BAD_PIXEL_CACHE, CHECKPOINT_*... */
  openTrainer(options: NativeTrainerOptions): Promise<NativeTrainer>;
  /** Fails with a verdict code (BAD_SAFETENSORS, TENSOR_MISMATCH, NOT_FINITE...) for a bad model, else with ours. */
  evaluateWeights(
    options: NativeEvaluateOptions,
    cancellation: NativeCancellation,
    onProgress?: (progress: NativeProgress) => void,
  ): Promise<NativeEvaluation>;
  /** Checks the file against the architecture without building the model. Fails with a verdict code. */
  inspectWeights(
    spec: NativeModelSpec,
    weightsPath: string,
  ): Promise<{ parameters: number; tensorDigest: string; backboneDigest: string }>;
  /** Between two files of one architecture. Fails with a verdict code for either. */
  weightsDistance(
    spec: NativeModelSpec,
    weightsPath: string,
    otherPath: string,
  ): Promise<{ relative: number; backbone: number; head: number }>;
  /**
   * Logits of rows of a pixel cache, [rows][classes] flattened: the parity tests' view into the model. Eager: every
   * operation by itself, nothing folded, packed or fused.
   */
  logits(options: NativeEvaluateOptions, eager?: boolean): Promise<Float32Array>;
  /** For benchmarks: the most floating-point operations a second that libtorch reaches on a device in a type. */
  measurePeak(device: NativeDevice, precision: string): Promise<number>;
  /** A training batch as the model gets it: the view of tests, benchmarks and contact sheets. */
  viewBatch(options: NativeBatchOptions): Promise<NativeBatchView>;
  /** The cache of a frozen backbone's features with made-up ones: the view of its tests. */
  viewFeatures(
    options: NativeFeatureOptions,
    cancellation: NativeCancellation,
    onProgress?: (progress: NativeProgress) => void,
  ): Promise<{ values: Float32Array; computed: number }>;
  /** The tensors of an architecture, of which none is allocated. Throws UNKNOWN_ARCHITECTURE or BAD_CONFIG. */
  modelTensors(spec: NativeModelSpec): NativeTensor[];
  /**
   * One pass in training mode over all rows as one batch: the loss, and of each parameter its gradient, of each running
   * statistic its new value, in row-major order. For the parity tests too.
   */
  trainingPass(
    options: NativeEvaluateOptions,
  ): Promise<{ loss: number; tensors: Record<string, Float32Array> }>;
}

export interface NativeTensor {
  name: string;
  shape: number[];
  /** By the optimiser; running statistics are not. */
  trained: boolean;
  /** Of the head, not of the backbone. */
  head: boolean;
}

export interface NativeInfo {
  /** Of the headers that the addon was compiled with. */
  torchVersion: string;
  /** Instruction set that ATen's kernels chose, e.g. AVX512. */
  cpuCapability: string;
  /** Whether the CPU multiplies bfloat16 itself. */
  cpuBfloat16: boolean;
  /** Threads that ATen would use when not told. */
  defaultThreads: number;
  /** Folder of the libtorch_cpu.so that is loaded. */
  libtorchFolder: string;
  compiler: string;
  nodeApiVersion: number;
}

export interface NativeArchitecture {
  name: string;
  options: {
    name: string;
    default: number[];
    minimum: number;
    maximum: number;
    whole: boolean;
    list: boolean;
    choices: number[];
  }[];
}

export interface NativeModelSpec {
  architecture: string;
  imageSize: number;
  channels: number;
  classes: number;
  mean: readonly number[];
  std: readonly number[];
  options: ModelOptions;
}

export interface NativeDevice {
  cuda: boolean;
  /** Which GPU; 0 for the CPU. */
  index: number;
  /** Intra-operation threads on the CPU. */
  threads: number;
}

export interface NativeCancellation {
  cancel(): void;
}

export interface NativeProcessGroupOptions {
  rank: number;
  size: number;
  masterAddress: string;
  /** 0 on rank 0: any that is free. */
  masterPort: number;
  timeoutMs: number;
  /** torchrun keeps the meeting place itself. */
  launcherKeepsStore: boolean;
  /** Tells the group from an earlier one at the same meeting place. */
  attempt: string;
}

export interface NativeProcessGroup {
  readonly port: number;
  /** Codes: GROUP_INCOMPLETE, GROUP_ADDRESS, GROUP_UNSUPPORTED, NCCL_UNAVAILABLE, PEER_LOST. */
  join(device: NativeDevice, cancellation: NativeCancellation): Promise<void>;
  /** Rank 0: what the others are to do next. */
  send(order: string): Promise<void>;
  /** The others: the next order, or null when rank 0 has ended the work. */
  receive(cancellation: NativeCancellation): Promise<string | null>;
  /** Idempotent. Rank 0 tells the others that the work has ended. */
  dispose(): void;
}

export type NativeProgress = Progress;

export interface NativeTrainerOptions {
  spec: NativeModelSpec;
  cachePath: string;
  trainIndices: Uint32Array;
  validationIndices: Uint32Array;
  batchSize: number;
  recipe: Recipe;
  /** A safe integer >= 0. */
  seed: number;
  device: NativeDevice;
  checkpointPath: string;
  resume: boolean;
  pretrained?: string;
  /** Joined. */
  group?: NativeProcessGroup;
  featureCache?: string;
}

export interface NativeTrainer {
  readonly parameters: number;
  readonly resumed: boolean;
  /** What a person should know about how the training was opened; empty when nothing. */
  readonly note: string;
  position(): { epoch: number; batch: number; batches: number };
  readonly pretrainedHead: boolean;
  standing(): Standing;
  trainEpoch(
    checkpoints: { every: number; share: number },
    cancellation: NativeCancellation,
    onProgress?: (progress: NativeProgress) => void,
  ): Promise<{ epoch: number; loss: number; images: number; seconds: number }>;
  validate(
    precision: 'fp32' | 'bf16',
    cancellation: NativeCancellation,
    onProgress?: (progress: NativeProgress) => void,
  ): Promise<NativeEvaluation>;
  saveCheckpoint(): Promise<void>;
  saveWeights(path: string): Promise<void>;
  /** Idempotent; a running call ends between batches with code DISPOSED. */
  dispose(): void;
}

export interface NativeEvaluateOptions {
  spec: NativeModelSpec;
  weightsPath: string;
  cachePath: string;
  indices: Uint32Array;
  batchSize: number;
  device: NativeDevice;
  /** float32 when not given. */
  precision?: 'fp32' | 'bf16';
}

export interface NativeEvaluation {
  /** Mean binary cross-entropy over images and labels. */
  loss: number;
  images: number;
  perImageLoss: Float32Array;
  /** [images][14]. */
  logits: Float32Array;
  /** By finding; NaN where all images have it or none has. */
  auroc: Float64Array;
  /** By finding; NaN where no image has it. */
  auprc: Float64Array;
  brier: Float64Array;
  ece: Float64Array;
}

export interface NativeBatchOptions {
  spec: NativeModelSpec;
  cachePath: string;
  indices: Uint32Array;
  device: NativeDevice;
  precision: Precision;
  augmentation: Augmentation;
  /** A safe integer >= 0, the batch's own. */
  seed: number;
  /** Place of the first image in the global batch. */
  firstPosition: number;
  /** How often the batch is built, with a clock beside it. */
  rounds: number;
  /** Normalised by the tensor operations that serve a GPU, not augmented. */
  byTensors: boolean;
}

export interface NativeBatchView {
  /** [images][y][x][channel], whatever the precision. */
  images: Float32Array;
  /** [images][finding], 0 or 1. */
  labels: Float32Array;
  /** What each round took. */
  milliseconds: Float64Array;
}

export interface NativeFeatureOptions {
  folder: string;
  identity: string;
  indices: Uint32Array;
  precision: Precision;
  batchSize: number;
  width: number;
  /** The computation fails after this many batches; -1: never. */
  failAfter: number;
  /** Rows to read back. */
  gather: Uint32Array;
}
