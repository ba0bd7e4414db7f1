// @ts-check
import { performance } from 'node:perf_hooks';

/**
 * Where the set-up tells what it does: one line a step, with its seconds, and on a terminal a line that is
 * rewritten while a step is under way.
 * @typedef {object} Report
 * @property {(text: string) => void} say one line
 * @property {(text: string) => void} progress the state of the step under way; shown on a terminal only
 * @property {<T>(title: string, body: () => Promise<T>) => Promise<T>} step runs the body and prints its seconds
 */

/**
 * A report that writes to standard error, so that a script's standard output stays free.
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Report}
 */
export function streamReport(stream = process.stderr) {
  let rewriting = false;
  const clear = () => {
    if (rewriting) stream.write('\r\x1b[2K');
    rewriting = false;
  };
  const say = (/** @type {string} */ text) => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    say,
    progress(text) {
      if (!stream.isTTY) return;
      clear();
      stream.write(text.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
      rewriting = true;
    },
    async step(title, body) {
      say(`${title} ...`);
      const start = performance.now();
      const value = await body();
      say(`${title}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
      return value;
    },
  };
}

/** @type {Report} a report that says nothing */
export const silentReport = { say() {}, progress() {}, step: (_title, body) => body() };
