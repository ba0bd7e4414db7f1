import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { HealthTensorError, messageOf } from '../../common/index.js';
import type { Device, Progress, Sandbox } from '../../engine/index.js';
import { answerBytes, type WorkerMessage, workerMessage } from './answers.js';
import type { EvaluationLimits } from './limits.js';
import { privateMemory } from './private-memory.js';
import type { Greeting, TaskMessage } from './tasks.js';
import { CHANNEL, encodeFrame, FrameReader } from './wire.js';

const MEMORY_LOOK_MS = 200;
const KEPT_OUTPUT = 2000;

/** Why a worker is gone: its memory, a time limit, or its own end. */
export type Loss = 'memory' | 'time' | 'death';

/** The worker ended, or had to be ended, before it answered. */
export class WorkerLost extends Error {
  readonly loss: Loss;

  constructor(loss: Loss, message: string) {
    super(message);
    this.loss = loss;
  }
}

type Answer = Extract<WorkerMessage, { kind: 'verdict' | 'error' }>;

/** What is waited for: an answer to a task, or at the start that the worker is ready. */
interface Waiting {
  readonly asked: TaskMessage | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly resolve: (message: Exclude<WorkerMessage, { kind: 'progress' }>) => void;
  readonly reject: (error: unknown) => void;
  readonly silence: NodeJS.Timeout;
}

/** A process that opens strangers' files; it does one task at a time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  /** Undefined when the system could not even make the pipe: 'error' says why. */
  readonly #channel: Duplex | undefined;
  readonly #limits: EvaluationLimits;
  readonly #reader = new FrameReader();
  readonly #ended: Promise<unknown>;
  #waiting: Waiting | undefined;
  #lost: WorkerLost | undefined;
  #output = '';

  /** Starts the process; `ready` says when it can work. */
  constructor(o: {
    command: ReturnType<Sandbox['command']>;
    environment: NodeJS.ProcessEnv;
    limits: EvaluationLimits;
  }) {
    this.#limits = o.limits;
    this.#child = spawn(o.command.file, o.command.arguments, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: o.environment,
      cwd: '/',
      // A session of its own: Ctrl-C in the terminal is for the validator, which ends its workers in order.
      detached: true,
    });
    this.#ended = once(this.#child, 'exit').catch(() => undefined);
    this.#channel = (this.#child.stdio as ChildProcess['stdio'] | undefined)?.[CHANNEL] as Duplex | undefined;
    this.#listen();
  }

  /** @throws HealthTensorError EVALUATION_WORKER, or what the worker says is wrong with device or engine */
  async ready(device: Device, signal?: AbortSignal): Promise<void> {
    const { kind, threads, indices } = device;
    const greeting: Greeting = { device: { kind, threads, indices } };
    try {
      const message = await this.#ask(greeting, { limitMs: this.#limits.startMs, signal });
      if (message.kind === 'error') throw errorOf(message);
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      throw new HealthTensorError(
        'EVALUATION_WORKER',
        `No evaluation worker can be started: ${error.message}`,
        {
          remedy: 'healthtensor doctor starts one too; when it fails there, npm run build:native -- --force',
        },
      );
    }
  }

  /** @throws WorkerLost, or the signal's reason; the worker is of no use then */
  async run(
    asked: TaskMessage,
    o: { signal?: AbortSignal | undefined; onProgress?: ((progress: Progress) => void) | undefined },
  ): Promise<Answer> {
    this.#reader.mostBytes = answerBytes(asked.task);
    return (await this.#ask(asked, { ...o, asked, limitMs: this.#limits.taskMs })) as Answer;
  }

  /** Ends the process; idempotent. */
  async kill(): Promise<void> {
    this.#lose('death', 'it was ended');
    await this.#ended;
    // Where programs cannot be refused, one that the worker started may hold the other ends.
    for (const stream of [this.#channel, this.#child.stdout, this.#child.stderr]) stream?.destroy();
  }

  /** Sends a frame and waits for the answer, with an eye on clock and memory. */
  async #ask(
    frame: Greeting | TaskMessage,
    o: {
      limitMs: number;
      asked?: TaskMessage;
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: Progress) => void) | undefined;
    },
  ): Promise<Exclude<WorkerMessage, { kind: 'progress' }>> {
    o.signal?.throwIfAborted();
    // A start has one limit; on a busy machine it may be silent for longer than a batch.
    const silenceMs = o.asked === undefined ? o.limitMs : this.#limits.silenceMs;
    const late = (limitMs: number, what: string) => () =>
      this.#lose('time', `${what} for ${limitMs / 1000} s`);
    const total = setTimeout(late(o.limitMs, 'it was at work'), o.limitMs);
    const silence = setTimeout(late(silenceMs, 'it gave no sign of progress'), silenceMs);
    const look = setInterval(() => void this.#lookAtMemory(), MEMORY_LOOK_MS);
    let abort: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { asked: o.asked, onProgress: o.onProgress, resolve, reject, silence };
        abort = () => reject(o.signal?.reason as Error);
        o.signal?.addEventListener('abort', abort, { once: true });
        if (this.#lost !== undefined) reject(this.#lost);
        else this.#channel?.write(encodeFrame(frame));
      });
    } finally {
      this.#waiting = undefined;
      clearTimeout(total);
      clearTimeout(silence);
      clearInterval(look);
      if (abort !== undefined) o.signal?.removeEventListener('abort', abort);
    }
  }

  #listen(): void {
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT);
      });
    }
    // A process that is gone is heard of by 'close'.
    this.#channel?.on('error', () => {});
    this.#channel?.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#child.once('error', (error) => this.#lose('death', error.message));
    this.#child.once('close', (code, signal) => this.#lose(...this.#end(code, signal)));
  }

  /** Why the process ended by itself. */
  #end(code: number | null, signal: NodeJS.Signals | null): [Loss, string] {
    // Nobody here sent it: the kernel does, to the process with the most memory when there is none left.
    if (signal === 'SIGKILL') return ['memory', 'the system killed it, as it does when memory runs out'];
    const said = complaintIn(this.#output);
    const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
    const loss = /bad_alloc|out of memory|allocate memory/i.test(this.#output) ? 'memory' : 'death';
    return [loss, said === undefined ? how : `${how}: ${said}`];
  }

  #receive(chunk: Buffer): void {
    if (this.#lost !== undefined) return;
    try {
      for (const frame of this.#reader.read(chunk)) this.#answer(frame);
    } catch (error) {
      this.#lose('death', `it sent ${messageOf(error)}`);
    }
  }

  #answer(frame: unknown): void {
    const waiting = this.#waiting;
    if (waiting === undefined) throw new Error('an answer without a question');
    const message = workerMessage(frame, waiting.asked);
    if (message.kind !== 'progress') return waiting.resolve(message);
    waiting.silence.refresh();
    try {
      waiting.onProgress?.(message.progress);
    } catch (error) {
      waiting.reject(error);
    }
  }

  async #lookAtMemory(): Promise<void> {
    const { pid } = this.#child;
    const bytes = pid === undefined ? undefined : await privateMemory(pid);
    if (bytes !== undefined && bytes > this.#limits.memoryBytes) {
      this.#lose('memory', `it had ${mebibytes(bytes)} of at most ${mebibytes(this.#limits.memoryBytes)}`);
    }
  }

  /** The worker is given up; the first reason stays. */
  #lose(loss: Loss, why: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = new WorkerLost(loss, why);
    this.#waiting?.reject(this.#lost);
    this.#child.kill('SIGKILL');
  }
}

/** What a worker said, as an error of this process. */
export function errorOf({
  code,
  message,
  remedy,
}: Extract<WorkerMessage, { kind: 'error' }>): HealthTensorError {
  return new HealthTensorError(code, message, remedy === undefined ? {} : { remedy });
}

/** The line that says most in what a process printed. */
function complaintIn(output: string): string | undefined {
  const lines = output.split('\n').flatMap((line) => line.trim() || []);
  return (lines.find((line) => /^\w*Error|what\(\)/.test(line)) ?? lines.at(-1))?.slice(0, 300);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
