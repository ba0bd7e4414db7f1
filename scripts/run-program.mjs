// @ts-check
import { spawn } from 'node:child_process';

/**
 * @typedef {object} ProgramResult
 * @property {boolean} found whether the program could be started at all
 * @property {number | null} status exit code; null when it was not found or ended by a signal
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {string} output both streams in order of arrival
 */

/**
 * Runs a program from an argument array (no shell) and collects what it prints. Never rejects: a program that is
 * not there is `found: false`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, input?: string, onOutput?: (text: string) => void}} [options]
 * @returns {Promise<ProgramResult>}
 */
export function runProgram(program, args, options = {}) {
  return new Promise((resolve) => {
    /** @type {ProgramResult} */
    const result = { found: true, status: null, signal: null, stdout: '', stderr: '', output: '' };
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
      child[stream]?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        result[stream] += text;
        result.output += text;
        options.onOutput?.(text);
      });
    }
    // A program that ends before it has read its input closes the pipe; its exit code tells the story.
    child.stdin?.on('error', () => {}).end(options.input);
    child.on('error', (error) => {
      result.found = false;
      result.stderr += error.message;
      resolve(result);
    });
    child.on('close', (status, signal) => resolve({ ...result, status, signal }));
  });
}

/**
 * The last lines of a program's output, for an error message.
 * @param {string} output
 * @param {number} lines
 */
export function tail(output, lines) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
