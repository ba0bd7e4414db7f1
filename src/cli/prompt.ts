import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { HealthTensorError } from '../common/errors.js';

/** Whether there is somebody to ask. */
export function isInteractive(): boolean {
  return process.stdin.isTTY;
}

/** Asks for a line that does not appear on the terminal. @throws as `ask` */
export function askSecret(question: string, signal: AbortSignal): Promise<string> {
  return ask(question, new Writable({ write: (_chunk, _encoding, done) => done() }), signal);
}

/** Asks a question whose answer is no unless it begins with y. @throws as `ask` */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, process.stderr, signal)).trim());
}

/**
 * Reads a line from the terminal, which is as it was afterwards, whatever happens. Ctrl-C is passed on as the signal that
 * it would be without a question.
 * @throws HealthTensorError NO_ANSWER when the input ends (Ctrl-D); the signal's reason when aborted
 */
function ask(question: string, echo: Writable, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  // First the terminal stops echoing, then the question appears.
  const reader = createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 });
  process.stderr.write(question);
  return new Promise<string>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    let interrupted = false;
    reader.once('line', resolve);
    reader.once('SIGINT', () => {
      interrupted = true; // what follows aborts, and so rejects
      reader.close();
      // Not process.kill: nothing would keep the process alive until the signal has come.
      process.emit('SIGINT');
    });
    reader.once('close', () => {
      if (!interrupted) reject(noAnswer());
    });
  }).finally(() => {
    reader.close();
    if (echo !== process.stderr) process.stderr.write('\n'); // the Enter that was not shown
  });
}

/** The first line of standard input, for when that is no terminal. @throws HealthTensorError NO_ANSWER */
export async function firstInputLine(signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  signal.throwIfAborted();
  signal.addEventListener('abort', () => stdin.destroy(signal.reason as Error), { once: true });
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.includes('\n') || text.length > 4096) break;
  }
  const line = text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
  if (line === '') throw noAnswer();
  return line;
}

/**
 * Shows a secret on the terminal, and nowhere else: not in a file or pipe that the output goes to.
 * @returns false when there is no terminal
 */
export function showSecret(text: string): boolean {
  const terminal = [process.stderr, process.stdout].find(({ isTTY }) => isTTY);
  terminal?.write(text);
  return terminal !== undefined;
}

function noAnswer(): HealthTensorError {
  return new HealthTensorError('NO_ANSWER', 'The input ended before there was an answer', {
    remedy: 'Nothing was done. Run it again in a terminal.',
  });
}
