import { cancellable } from './cancellable.js';
import { type Device, nativeDevice } from './device.js';
import { loadAddon } from './load-addon.js';
import type { NativeAddon, NativeProcessGroup } from './native-addon.js';
import { fromNative } from './native-errors.js';

/** How a process finds the others that train the same model. */
export interface ProcessGroupOptions {
  /** This process among `size`, from 0. Rank 0 leads: it says what is done next and writes the files. */
  rank: number;
  size: number;
  /** An address of rank 0's machine. Rank 0 listens there and nowhere else. */
  masterAddress: string;
  /** 0 on rank 0: any that is free, see `ProcessGroup.port`. */
  masterPort: number;
  /** How long to wait for the others to come, and for each answer of theirs while they train. */
  timeoutMs: number;
  /** A launcher such as torchrun keeps the meeting place, so that rank 0 opens none. */
  launcherKeepsStore?: boolean;
  /** Tells this group from an earlier one at the same launcher's meeting place. */
  attempt?: string;
}

/**
 * The processes that train one model together, over libtorch's c10d: Gloo on CPUs, NCCL on GPUs. Whoever reaches the
 * port can take part, and what is sent is neither encrypted nor authenticated: for a trusted network only.
 */
export class ProcessGroup {
  readonly rank: number;
  readonly size: number;
  /** For `Trainer.open`. */
  readonly native: NativeProcessGroup;
  readonly #addon: NativeAddon;
  #onDispose: (() => void) | undefined;

  /** Rank 0 listens from now on. GROUP_ADDRESS when it cannot. */
  static async open(options: ProcessGroupOptions): Promise<ProcessGroup> {
    const addon = await loadAddon();
    try {
      const native = new addon.ProcessGroup({ launcherKeepsStore: false, attempt: '0', ...options });
      return new ProcessGroup(addon, native, options);
    } catch (error) {
      throw fromNative(error);
    }
  }

  private constructor(addon: NativeAddon, native: NativeProcessGroup, options: ProcessGroupOptions) {
    this.#addon = addon;
    this.native = native;
    this.rank = options.rank;
    this.size = options.size;
  }

  /** Where rank 0 listens. */
  get port(): number {
    return this.native.port;
  }

  /** Waits for the others and connects with them. GROUP_INCOMPLETE when they do not all come in time. */
  async join(device: Device, signal?: AbortSignal): Promise<void> {
    await cancellable(this.#addon, { signal }, (cancellation) =>
      this.native.join(nativeDevice(device), cancellation),
    );
  }

  /** Rank 0: tells the others what to do next. */
  async send(order: string): Promise<void> {
    await cancellable(this.#addon, {}, () => this.native.send(order));
  }

  /** The others: the next order of rank 0, however long it takes; nothing when rank 0 has ended the work. PEER_LOST when it is gone. */
  async receive(signal?: AbortSignal): Promise<string | undefined> {
    const order = await cancellable(this.#addon, { signal }, (cancellation) =>
      this.native.receive(cancellation),
    );
    return order ?? undefined;
  }

  /** Leaves; rank 0 thereby ends the others' work. May be called again. */
  dispose(): void {
    this.native.dispose();
    this.#onDispose?.();
    this.#onDispose = undefined;
  }

  /** Calls this once, when the group is disposed of. */
  onDispose(call: () => void): void {
    this.#onDispose = call;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
