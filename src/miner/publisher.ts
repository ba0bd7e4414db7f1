import { HealthTensorError, type Log, messageOf, pause } from '../common/index.js';
import { type Backoff, backoffMs, PUBLICATION_BACKOFF } from './backoff.js';
import type { Outbox } from './outbox.js';
import { writePublications } from './publication-file.js';
import {
  advance,
  bestLoss,
  enqueue,
  type ModelFacts,
  neededFolders,
  type Publication,
  type PublicationState,
  startNext,
} from './publication.js';
import { PublicationRefused, publishStep, type PublishContext } from './publish-steps.js';

// What the hub refuses to our token, or the chain to our hotkey, it will refuse again.
const LASTING_CODES = ['HUB_DENIED', 'NOT_REGISTERED'];

export interface PublisherOptions extends Omit<PublishContext, 'signal' | 'outbox'> {
  readonly outbox: Outbox;
  /** publications.json */
  readonly file: string;
  readonly state: PublicationState;
  /** The least time from the end of one publication to the start of the next. */
  readonly intervalMs: number;
  readonly backoff?: Backoff;
}

/** Publishes in the background, one model at a time, the best first; every step is on disk before the next. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #log: Log;
  readonly #controller = new AbortController();
  /** Aborted when the end is near: then nothing waits for the interval any more. */
  readonly #hurry = new AbortController();
  #finishedMs = -Infinity;
  #state: PublicationState;
  #work: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** A step is under way: not waiting for the interval, nor to try again. */
  #stepping = false;
  /** Only what is current is finished, nothing new is begun. */
  #stopping = false;
  #lasting: HealthTensorError | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#state = options.state;
  }

  get state(): PublicationState {
    return this.#state;
  }

  /** The validation loss that a new model has to beat. */
  get bestLoss(): number {
    return bestLoss(this.#state);
  }

  /** Takes up what an earlier run left unfinished. */
  resume(): void {
    const { current, queued } = this.#state;
    if (current !== undefined && current.stage !== 'saved') {
      this.#log.info(`Going on with the publication of epoch ${current.epoch} (${current.stage})`);
    }
    if (current !== undefined || queued !== undefined) this.#start();
  }

  /** Queues a model whose files are in the outbox; returns once that is on disk. */
  async submit(facts: ModelFacts): Promise<void> {
    await this.#change((state) => enqueue(state, facts));
    this.#start();
    // Here and at the stop, not where a publication ends: nobody is writing a new folder now.
    await this.#options.outbox.keepOnly(neededFolders(this.#state));
  }

  /**
   * Waits until nothing is left to publish.
   * @throws the failure, when trying again would not mend it
   */
  async drain(): Promise<void> {
    this.#hurry.abort();
    while (this.#work !== undefined && this.#lasting === undefined) {
      await Promise.race([this.#work, this.#wokenByFailure()]);
    }
    if (this.#lasting !== undefined) throw this.#lasting;
  }

  /**
   * Ends the work: what is leaving or has left this machine gets up to `graceMs` to arrive, because the repository is
   * closed meanwhile; the rest stays on disk for the next run.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const { current } = this.#state;
    const underWay = current !== undefined && (current.stage !== 'saved' || this.#stepping);
    if (underWay && this.#work !== undefined && this.#lasting === undefined && graceMs > 0) {
      const grace = new AbortController();
      await Promise.race([this.#work, pause(graceMs, grace.signal).catch(() => undefined)]);
      grace.abort();
    }
    this.#controller.abort(new Error('the publisher was stopped'));
    await this.#work;
    await this.#options.outbox.keepOnly(neededFolders(this.#state));
    const left = this.#state.current ?? this.#state.queued;
    if (left !== undefined) {
      this.#log.warning(
        `The publication of epoch ${left.epoch} is not finished (${left.stage}); the next run goes on with it.`,
      );
    }
  }

  #start(): void {
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
      // A model that was queued while the last one was finishing.
      if (!this.#stopping && this.#state.queued !== undefined) this.#start();
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#stopping && this.#state.current === undefined) return;
        await this.#keepDistance(signal);
        await this.#change(startNext);
        const { current } = this.#state;
        if (current === undefined) return;
        await this.#step(current);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        // Also when the state could not be written: a full disk is not full for ever.
        await this.#fail(error, failures);
      }
    }
  }

  /**
   * Waits until a new publication may begin. Each one closes the repository for some blocks and costs bytes of the
   * chain's budget; meanwhile a better model takes the place of the queued one.
   */
  async #keepDistance(signal: AbortSignal): Promise<void> {
    const waitMs = this.#finishedMs + this.#options.intervalMs - performance.now();
    if (this.#state.current === undefined && waitMs > 0) {
      await pause(waitMs, AbortSignal.any([signal, this.#hurry.signal])).catch(() => undefined);
    }
    signal.throwIfAborted();
  }

  async #step(current: Publication): Promise<void> {
    this.#stepping = true;
    const next = await publishStep(current, { ...this.#options, signal: this.#controller.signal }).finally(
      () => (this.#stepping = false),
    );
    this.#lasting = undefined;
    await this.#change((state) => advance(state, next));
    const { repo } = this.#options.destination;
    if (next.stage === 'pushed') {
      this.#log.info(`Pushed epoch ${next.epoch} to ${repo} at ${next.revision}`);
    } else if (next.stage === 'committed') {
      this.#log.info(
        `Committed ${repo} at ${next.revision.slice(0, 8)} on chain in block ${next.commitBlock}`,
      );
    } else if (next.stage === 'public') {
      this.#finishedMs = performance.now();
      this.#log.success(
        `Published epoch ${next.epoch}: ${repo} at ${next.revision}, validation loss ${next.loss.toFixed(6)}`,
      );
    }
  }

  async #fail(error: unknown, failures: number): Promise<void> {
    const lasting =
      error instanceof PublicationRefused ||
      (error instanceof HealthTensorError && LASTING_CODES.includes(error.code));
    const waitMs = backoffMs(this.#options.backoff ?? PUBLICATION_BACKOFF, failures);
    const remedy = error instanceof HealthTensorError && error.remedy ? ` ${error.remedy}` : '';
    const at = this.#state.current ?? this.#state.queued;
    this.#log.error(
      `Publishing epoch ${at?.epoch} failed after "${at?.stage}": ${messageOf(error)}${remedy} ` +
        `Trying again in ${Math.round(waitMs / 1000)} s; training goes on.`,
    );
    if (lasting) {
      this.#lasting = error;
      this.#failed?.();
    }
    await pause(waitMs, this.#controller.signal).catch(() => undefined);
  }

  #failed: (() => void) | undefined;
  #wokenByFailure(): Promise<void> {
    return new Promise((resolve) => {
      this.#failed = resolve;
    });
  }

  /** One write at a time, in order; the new state counts once it is on disk. */
  #change(change: (state: PublicationState) => PublicationState): Promise<void> {
    const write = this.#writing.then(async () => {
      const next = change(this.#state);
      if (next === this.#state) return;
      await writePublications(this.#options.file, next);
      this.#state = next;
    });
    this.#writing = write.catch(() => undefined);
    return write;
  }
}
