import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface Ended {
  /** 128 + n when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  readonly pid: number;
  ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** The first group of the pattern in what the process prints, as soon as it is there; rejects when it ends without. */
  sees(pattern: RegExp): Promise<string>;
}

/** Variables of the machine that a command needs; everything else is given by the test. */
function machine(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LIBTORCH', 'XDG_CACHE_HOME'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Starts `node <file> <args>` in `cwd`; what it reads is `input`, or nothing. */
export function startNode(
  file: string,
  args: readonly string[],
  o: { cwd?: string; env?: Readonly<Record<string, string>>; input?: string } = {},
): Running {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: o.cwd ?? root,
    env: { ...machine(), ...o.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(o.input);
  const texts = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 128), ...texts }),
    );
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const found = pattern.exec(texts.stdout + texts.stderr);
          if (found === null) return;
          watchers.delete(watch);
          resolve(found[1] ?? found[0]);
        };
        watchers.add(watch);
        watch();
        void ended.then(({ code }) =>
          reject(new Error(`ended with ${code} before ${String(pattern)}:\n${texts.stdout}${texts.stderr}`)),
        );
      }),
  };
}

/** Starts `healthtensor <args>` as it was built. */
export function startCommand(
  args: readonly string[],
  o: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Running {
  return startNode(join(root, 'dist', 'cli', 'main.js'), args, o);
}

/** Runs `healthtensor <args>` to its end. */
export function runCommand(
  args: readonly string[],
  o: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  return startCommand(args, o).ended;
}
