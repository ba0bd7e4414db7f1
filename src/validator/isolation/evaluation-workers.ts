import { fileURLToPath } from 'node:url';
import { HealthTensorError, type Log, reject, type VerdictCode } from '../../common/index.js';
import { type CallControl, type Device, openSandbox, type Sandbox } from '../../engine/index.js';
import { type EvaluationLimits, evaluationLimits } from './limits.js';
import { pathsOf, type Task, type TaskName, type TaskVerdict } from './tasks.js';
import { Turns } from './turns.js';
import { errorOf, type Loss, WorkerLost, WorkerProcess } from './worker-process.js';

/** Compiled, whether this file is or not: a child process has no TypeScript. */
const PROGRAM = fileURLToPath(new URL('../../../dist/validator/isolation/worker.js', import.meta.url));

/** The machine may be to blame: judged only when a second worker says the same. */
const DOUBTFUL: readonly VerdictCode[] = ['OUT_OF_MEMORY', 'EVALUATION_FAILED'];

export interface EvaluationWorkersOptions {
  device: Device;
  log: Log;
  limits?: Partial<EvaluationLimits>;
  /** Ends the start. */
  signal?: AbortSignal | undefined;
  /** The script that workers run; the tests have others. */
  program?: string;
}

/** Where tasks are done: the device, and a sandbox that leaves it within reach. */
interface Place {
  readonly device: Device;
  readonly sandbox: Sandbox;
}

/**
 * Processes that open strangers' model files and evaluate them, apart from the one that holds keys and tokens: one for each
 * task, one at a time, so that what a file does to the memory of its process never meets another model. When it dies, hangs
 * or grows it is killed, and the model gets one more try before that is held against it.
 */
export class EvaluationWorkers {
  readonly #o: EvaluationWorkersOptions;
  readonly #limits: EvaluationLimits;
  /** For evaluations. */
  readonly #place: Place;
  /** For what needs no device: a GPU's driver would be one more thing within a stranger's reach, and take seconds. */
  readonly #plainPlace: Place;
  readonly #turns = new Turns();
  #worker: WorkerProcess | undefined;
  #closed = false;

  /**
   * Starts and ends a worker, so that what is wrong is known at once.
   * @throws HealthTensorError EVALUATION_WORKER when it cannot start, or what is wrong with engine or device
   */
  static async open(o: EvaluationWorkersOptions): Promise<EvaluationWorkers> {
    const limits = evaluationLimits(o.limits);
    const { memoryBytes } = limits;
    const placeOn = async (device: Device) => ({
      device,
      sandbox: await openSandbox({ device, memoryBytes }),
    });
    const place = await placeOn(o.device);
    const plainPlace =
      o.device.kind === 'cpu' ? place : await placeOn({ ...o.device, kind: 'cpu', indices: [] });
    const workers = new EvaluationWorkers(o, limits, { place, plainPlace });
    await workers.#turns.with(() => workers.#withWorker(place, [], async () => {}, o.signal));
    return workers;
  }

  private constructor(
    o: EvaluationWorkersOptions,
    limits: EvaluationLimits,
    { place, plainPlace }: { place: Place; plainPlace: Place },
  ) {
    this.#o = o;
    this.#limits = limits;
    this.#place = place;
    this.#plainPlace = plainPlace;
  }

  /** What workers are kept from, in words for the operator. */
  get protections(): readonly string[] {
    return this.#place.sandbox.protections;
  }

  /** What they ought to be kept from and this system does not offer. */
  get missing(): readonly string[] {
    return this.#place.sandbox.missing;
  }

  /** As `inspectWeights`. */
  inspect(options: Task<'inspect'> & { signal?: AbortSignal | undefined }): Promise<TaskVerdict<'inspect'>> {
    const { signal, ...task } = options;
    return this.#judge('inspect', task, { signal });
  }

  /** As `evaluateWeights`, on the workers' device. */
  evaluate(options: Task<'evaluate'> & CallControl): Promise<TaskVerdict<'evaluate'>> {
    const { signal, onProgress, ...task } = options;
    return this.#judge('evaluate', task, { signal, onProgress });
  }

  /** As `weightsDistance`. */
  distance(
    options: Task<'distance'> & { signal?: AbortSignal | undefined },
  ): Promise<TaskVerdict<'distance'>> {
    const { signal, ...task } = options;
    return this.#judge('distance', task, { signal });
  }

  /** Ends the worker there is; calls that are under way fail. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#turns.close(closed());
    await this.#worker?.kill();
  }

  /**
   * The worker's verdict, the second one's when the first is doubtful.
   * @throws HealthTensorError what the worker says is wrong with something else than the model
   */
  async #judge<N extends TaskName>(name: N, task: Task<N>, control: CallControl): Promise<TaskVerdict<N>> {
    return await this.#turns.with(async () => {
      const first = await this.#attempt(name, task, control);
      if (first.ok || !DOUBTFUL.includes(first.code)) return first;
      this.#o.log.warning(
        `A model is tried again on a fresh evaluation worker (${first.code}: ${first.detail})`,
      );
      return await this.#attempt(name, task, control);
    }, control.signal);
  }

  async #attempt<N extends TaskName>(name: N, task: Task<N>, control: CallControl): Promise<TaskVerdict<N>> {
    const ask = (worker: WorkerProcess) => worker.run({ name, task }, control);
    const place = name === 'evaluate' ? this.#place : this.#plainPlace;
    try {
      const answer = await this.#withWorker(place, pathsOf(task), ask, control.signal);
      if (answer.kind === 'error') throw errorOf(answer);
      // The worker's frame was compared with the question.
      return answer.verdict;
    } catch (error) {
      if (this.#closed) throw closed();
      if (!(error instanceof WorkerLost)) throw error;
      return reject(codeOf(error.loss), `the evaluation worker was lost: ${error.message}`);
    }
  }

  /** `files` is all that the worker may read of strangers' and of ours. */
  async #withWorker<R>(
    { device, sandbox }: Place,
    files: readonly string[],
    body: (worker: WorkerProcess) => Promise<R>,
    signal: AbortSignal | undefined,
  ): Promise<R> {
    if (this.#closed) throw closed();
    const worker = new WorkerProcess({
      command: sandbox.command(this.#o.program ?? PROGRAM, files),
      environment: sandbox.environment,
      limits: this.#limits,
    });
    this.#worker = worker;
    try {
      await worker.ready(device, signal);
      return await body(worker);
    } finally {
      await worker.kill();
    }
  }
}

function codeOf(loss: Loss): VerdictCode {
  return loss === 'memory' ? 'OUT_OF_MEMORY' : 'EVALUATION_FAILED';
}

function closed(): HealthTensorError {
  return new HealthTensorError('EVALUATION_WORKER', 'The evaluation workers have been closed');
}
