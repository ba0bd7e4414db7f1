import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HealthTensorError, type Log } from '../common/index.js';
import type { WorkerTask } from './group-worker.js';

/** Compiled, whether this file is or not: a child process has no TypeScript. */
const WORKER = fileURLToPath(new URL('../../dist/engine/group-worker.js', import.meta.url));

const PATIENCE_MS = 10_000;

// What a process that trains may need of the environment; no token, no wallet, nothing that is not named here.
const INHERITED =
  /^(PATH|HOME|HEALTHTENSOR_KERNELS|LANG|LC_\w+|TMPDIR|LD_LIBRARY_PATH|CUDA_\w+|NVIDIA_\w+|NCCL_\w+|TORCH_(?!\w*TOKEN)\w+|OMP_\w+|GOMP_\w+|KMP_\w+|MKL_\w+|ONEDNN_\w+|MALLOC_\w+|PYTORCH_\w+)$/;

/** The part of an environment that processes of a group get. */
export function workerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // What c10d warns of (a lost connection) becomes an error with a message of ours.
  const kept = Object.entries(env).filter(([name]) => INHERITED.test(name));
  return { TORCH_CPP_LOG_LEVEL: 'ERROR', ...Object.fromEntries(kept) };
}

/**
 * Processes on this machine that train along. They end by themselves when process 0 ends the group, and in any case when
 * this process ends, also by kill -9: they watch a pipe to it.
 */
export class LocalProcesses {
  readonly #children: ChildProcess[] = [];
  readonly #log: Log;
  readonly #failed = new AbortController();
  #ending = false;

  constructor(tasks: readonly WorkerTask[], log: Log) {
    this.#log = log;
    for (const task of tasks) this.#start(task);
  }

  /** Aborted, with the reason, when a process ends before the group does. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Process numbers, of those that run. */
  get pids(): number[] {
    return this.#children.flatMap(({ pid, exitCode, signalCode }) =>
      pid !== undefined && exitCode === null && signalCode === null ? [pid] : [],
    );
  }

  /** From now on the processes are expected to end; they are killed if they have not in ten seconds. */
  expectEnd(): void {
    if (this.#ending) return;
    this.#ending = true;
    setTimeout(() => this.kill(), PATIENCE_MS).unref();
    // This process need not wait for them: they end with it.
    for (const child of this.#children) child.unref();
  }

  /** Kills those that still run. */
  kill(): void {
    this.expectEnd();
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #start(task: WorkerTask): void {
    const name = `process ${task.group.rank}`;
    const child = spawn(process.execPath, [WORKER], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: workerEnvironment(process.env),
      // A session of its own, so that Ctrl-C in the terminal reaches this process alone, which ends the group in order.
      detached: true,
    });
    this.#children.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (!this.#ending) this.#log.warning(`${name}: ${line}`);
      });
    }
    child.once('error', (error) => this.#fail(name, error.message));
    child.once('exit', (code, signal) => {
      this.#fail(name, signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
    });
    // A process that is gone is heard of by 'exit'.
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(task)}\n`);
  }

  #fail(name: string, reason: string): void {
    if (this.#ending) return;
    this.#log.error(`${name} of the training is lost: ${reason}`);
    this.#failed.abort(new HealthTensorError('PEER_LOST', `${name} of the training is lost: ${reason}`));
  }
}
