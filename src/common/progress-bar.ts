import type { Log } from './log.js';

/** Reports on a long piece of work; `end` must be called when it is over, however it ended. */
export interface ProgressBar {
  readonly report: (done: number, total: number) => void;
  readonly end: () => void;
}

export interface ProgressBarOptions {
  /** Where the bar is drawn when it is a terminal. */
  out?: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  now?: () => number;
}

const REDRAW_MS = 100;
const LOG_MS = 5_000;

/**
 * A bar that is redrawn in place on a terminal. Elsewhere it becomes a log line every five seconds, so that quick work
 * says nothing and a log file stays short.
 */
export function progressBar(title: string, log: Log, o: ProgressBarOptions = {}): ProgressBar {
  const { out = process.stderr, now = Date.now } = o;
  const started = now();
  let last = out.isTTY ? -Infinity : started;
  let drawn = false;
  return {
    report(done, total) {
      const finished = done >= total;
      if (now() - last < (out.isTTY ? REDRAW_MS : LOG_MS) && !(finished && drawn)) return;
      last = now();
      drawn = true;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const left = Math.ceil(((now() - started) / 1000) * (1 / share - 1));
      const figures = `${done}/${total} (${Math.floor(share * 100)} %${finished || share === 0 ? '' : `, ${left} s left`})`;
      if (out.isTTY) {
        out.write(`\r\u001b[K${title} [${'#'.repeat(Math.round(share * 24)).padEnd(24, '.')}] ${figures}`);
      } else {
        log.info(`${title}: ${figures}`);
      }
    },
    end() {
      if (drawn && out.isTTY) out.write('\n');
      drawn = false;
    },
  };
}
