import { HealthTensorError, type ModelSpec } from '../common/index.js';
import { type CallControl, cancellable } from './cancellable.js';
import { type Device, nativeDevice } from './device.js';
import { type Evaluation, evaluationOf } from './evaluation.js';
import { loadAddon } from './load-addon.js';
import type { NativeAddon, NativeTrainer } from './native-addon.js';
import { fromNative } from './native-errors.js';
import type { ProcessGroup } from './process-group.js';
import type { Recipe } from './recipe.js';

export interface TrainerOptions {
  spec: ModelSpec;
  cachePath: string;
  /** Rows of the pixel cache; at least two. */
  trainIndices: Uint32Array;
  validationIndices: Uint32Array;
  batchSize: number;
  recipe: Recipe;
  /** A safe integer of 0 or more; on the CPU it fixes everything. */
  seed: number;
  device: Device;
  checkpointPath: string;
  resume: boolean;
  /**
   * Safetensors file that a fresh training starts from. It must have the architecture's backbone; the head is taken only if
   * all of it fits. A resumed training does not read it.
   */
  pretrained?: string;
  /** The processes that train it together, joined. The trainer disposes of the group. See open-training.ts. */
  group?: ProcessGroup;
  /** Existing folder for the features of a frozen backbone (recipe.backboneRate 0), which needs it. */
  featureCache?: string;
}

/** How good a training has been so far, by its validations at the ends of epochs; kept in the checkpoint. */
export interface Standing {
  /** null before the first validation. */
  bestLoss: number | null;
  /** Counted from 1; 0 when there is none. */
  bestEpoch: number;
  epochsWithoutImprovement: number;
  /** The head's, in the step that comes next. */
  learningRate: number;
}

/** What an epoch came to. */
export interface EpochResult {
  /** Counted from 0. */
  epoch: number;
  /** Mean over the whole epoch, in training mode, with the weights as they were at each batch. */
  loss: number;
  images: number;
  /** Of this call. */
  seconds: number;
}

/**
 * One model in training. All work happens on the engine's own thread; calls are worked off in their order.
 */
export class Trainer {
  /** Trained numbers of the model. */
  readonly parameters: number;
  /** Whether it goes on from a checkpoint. */
  readonly resumed: boolean;
  /** Whether the head, too, came from the pretrained file. */
  readonly pretrainedHead: boolean;
  /** What a person should know about the resuming, e.g. that the last checkpoint was damaged. */
  readonly note: string | undefined;
  readonly #addon: NativeAddon;
  readonly #group: ProcessGroup | undefined;
  #native: NativeTrainer | undefined;

  /**
   * Resumes from `checkpointPath` when `resume` is set and a checkpoint is there, otherwise starts afresh. A last
   * checkpoint that is damaged or gone is replaced by the one before it, with a `note`; when both are damaged, or the checkpoint belongs to
   * another training, it throws CHECKPOINT_DAMAGED or CHECKPOINT_MISMATCH. What may change on the way: the recipe's rates
   * and schedule, weight decay, clipping, the average's decay and the precision, and the device; not whether the backbone
   * is frozen or an average kept.
   */
  static async open(options: TrainerOptions): Promise<Trainer> {
    const addon = await loadAddon();
    try {
      const { device, group, ...rest } = options;
      const native = await addon.openTrainer({
        ...rest,
        device: nativeDevice(device),
        ...(group === undefined ? {} : { group: group.native }),
      });
      return new Trainer(addon, native, group);
    } catch (error) {
      throw fromNative(error);
    }
  }

  private constructor(addon: NativeAddon, native: NativeTrainer, group: ProcessGroup | undefined) {
    this.#addon = addon;
    this.#group = group;
    this.#native = native;
    this.parameters = native.parameters;
    this.resumed = native.resumed;
    this.pretrainedHead = native.pretrainedHead;
    this.note = native.note === '' ? undefined : native.note;
  }

  standing(): Standing {
    return this.#open().standing();
  }

  /** The next batch to train, and how many an epoch has. `epoch` counts those finished. */
  position(): { epoch: number; batch: number; batches: number } {
    return this.#open().position();
  }

  /**
   * Trains from `position()` to the end of the epoch. A step is whole or not at all: aborted, it keeps the position and
   * the weights of the last whole one and rejects with the signal's reason; a loss or gradient that is not finite is
   * NOT_FINITE, with weights and checkpoint as before.
   *
   * Every `checkpointEvery` batches, counted from the start of the training, it writes the checkpoint; 0 or nothing:
   * never. One is put off while writing them would take more than `checkpointShare` of the time, 0.05 when not given.
   */
  async trainEpoch(
    options: CallControl & { checkpointEvery?: number; checkpointShare?: number } = {},
  ): Promise<EpochResult> {
    const native = this.#open();
    const checkpoints = { every: options.checkpointEvery ?? 0, share: options.checkpointShare ?? 0.05 };
    return await cancellable(this.#addon, options, (cancellation, report) =>
      native.trainEpoch(checkpoints, cancellation, report),
    );
  }

  /**
   * Evaluates on the validation images what `saveWeights` would save. At the end of an epoch it counts for `standing()`,
   * once an epoch.
   */
  async validate(options: CallControl & { precision?: 'fp32' | 'bf16' } = {}): Promise<Evaluation> {
    const native = this.#open();
    return evaluationOf(
      await cancellable(this.#addon, options, (cancellation, report) =>
        native.validate(options.precision ?? 'fp32', cancellation, report),
      ),
    );
  }

  /** Writes everything that an exact resumption needs; the file before it stays as `<path>.previous`. */
  async saveCheckpoint(): Promise<void> {
    await this.#save((native) => native.saveCheckpoint());
  }

  /** Writes the weights as a safetensors file: the averaged ones where the recipe averages. */
  async saveWeights(path: string): Promise<void> {
    await this.#save((native) => native.saveWeights(path));
  }

  /** Frees the model; a call that is running ends with DISPOSED. May be called again. */
  dispose(): void {
    this.#native?.dispose();
    this.#native = undefined;
    this.#group?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #save(save: (native: NativeTrainer) => Promise<void>): Promise<void> {
    const native = this.#open();
    try {
      await save(native);
    } catch (error) {
      throw fromNative(error);
    }
  }

  #open(): NativeTrainer {
    if (this.#native === undefined) {
      throw new HealthTensorError('DISPOSED', 'The trainer has been disposed of');
    }
    return this.#native;
  }
}
