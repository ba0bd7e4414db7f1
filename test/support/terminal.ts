import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

/** Whether this machine has util-linux's `script`, which runs a command on a pseudo-terminal. */
export const hasTerminal = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false;

/**
 * Runs `healthtensor <args>` on a pseudo-terminal. Each of `answers` is typed (or made, then typed) when the text before it has appeared; the
 * result is everything that was on the screen, and the exit code. `after` is a shell command that follows on the same
 * terminal.
 */
export async function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [seen: string, typed: string | (() => Promise<string>)])[],
  o: { env?: Readonly<Record<string, string>>; after?: string } = {},
): Promise<{ screen: string; code: number }> {
  const quoted = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = spawn('script', ['-qefc', `${quoted.join(' ')}${o.after ?? ''}`, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', SHELL: '/bin/sh', ...o.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = [...answers];
  let screen = '';
  let read = 0;
  let fail: (error: Error) => void = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const at = screen.indexOf(next[0], read);
      if (at < 0) return;
      read = at + next[0].length;
      waiting.shift();
      const [, typed] = next;
      if (typeof typed === 'string') child.stdin.write(typed);
      else void typed().then((text) => child.stdin.write(text), fail);
    }
  });
  const code = await new Promise<number>((resolve, reject) => {
    fail = (error) => {
      child.kill();
      reject(error);
    };
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 128));
  });
  child.stdin.destroy();
  return { screen, code };
}
