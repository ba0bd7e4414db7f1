import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HealthTensorError } from '../common/errors.js';

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));
/** What a child may inherit; settings and tokens of the user's own miners must not reach the demo's. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LIBTORCH', 'XDG_CACHE_HOME', 'NODE_OPTIONS'];
const KEPT_LINES = 20;

export interface ChildOptions {
  /** Name on the screen. */
  name: string;
  /** Arguments of `healthtensor`. */
  args: readonly string[];
  /** Variables beyond the inherited ones; secrets go here, never into arguments. */
  environment: Readonly<Record<string, string>>;
  /** Working folder; it has no `.env`. */
  directory: string;
  onLine: (line: string) => void;
}

/** One `healthtensor` command as a process of its own. */
export class Child {
  readonly name: string;
  /** Resolves with the exit code (128 + n after a signal), never rejects. */
  readonly exited: Promise<number>;
  readonly #process: ChildProcess;
  readonly #last: string[] = [];
  readonly #waiting = new Set<{ pattern: RegExp; found: (text: string) => void }>();

  constructor(options: ChildOptions) {
    this.name = options.name;
    const inherited = Object.fromEntries(
      INHERITED.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])),
    ) as Record<string, string>;
    this.#process = spawn(process.execPath, [MAIN, ...options.args], {
      cwd: options.directory,
      env: { ...inherited, ...options.environment, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C in the terminal reaches the demo alone, which then stops its children in order.
      detached: true,
    });
    // A second Ctrl-C quits at once; nobody would stop a miner that trains for ever.
    const kill = (): void => void this.#process.kill('SIGKILL');
    process.on('exit', kill);
    const take = (line: string): void => {
      this.#last.push(line);
      if (this.#last.length > KEPT_LINES) this.#last.shift();
      options.onLine(line);
      for (const waiting of this.#waiting) {
        const found = waiting.pattern.exec(line)?.[1];
        if (found === undefined) continue;
        this.#waiting.delete(waiting);
        waiting.found(found);
      }
    };
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', take);
    }
    this.exited = new Promise<number>((resolve) => {
      this.#process.once('error', () => resolve(127));
      this.#process.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)));
    }).finally(() => process.off('exit', kill));
  }

  /** What the pattern's first group catches in the first line from now on that matches. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((found) => this.#waiting.add({ pattern, found }));
  }

  /** Asks the process to save and end; kills it after `graceMs`. Resolves with its exit code. */
  async stop(graceMs: number): Promise<number> {
    this.#process.kill('SIGINT');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The error for a process that ended when it should not have, with what it said last. */
  failure(code: number): HealthTensorError {
    return new HealthTensorError(
      'DEMO_FAILED',
      `${this.name} ended with code ${code}. It said last:\n${this.#last.join('\n')}`,
    );
  }
}
