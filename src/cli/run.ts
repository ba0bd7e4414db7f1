import { isNativeError } from 'node:util/types';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { printable, redact } from '../common/log.js';

/**
 * Runs a command's work to its end and sets the exit code: 0 when it finished or was asked to stop, 1 when it failed.
 * The first Ctrl-C (or SIGTERM, as process managers send) aborts `signal`, so that the work saves and returns;
 * the second quits at once.
 */
export async function run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(`${name}: saving and stopping. Once more quits at once.\n`);
    controller.abort(new DOMException(`stopped by ${name}`, 'AbortError'));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  stopWhenUnread(controller);
  try {
    await work(controller.signal);
  } catch (error) {
    const asked = controller.signal.aborted && error instanceof Error && error.name === 'AbortError';
    if (!asked) {
      process.stderr.write(describe(error));
      process.exitCode = 1;
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/**
 * Output that nobody reads any more (`| head`, a log reader that died, a demo that was killed) ends the work as Ctrl-C
 * does, but counts as a failure. Without a listener it would end the process in the middle of anything.
 */
function stopWhenUnread(controller: AbortController): void {
  const lost = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    process.exitCode = 1;
    controller.abort(new DOMException('nobody reads the output any more', 'AbortError'));
  };
  process.stdout.on('error', lost);
  process.stderr.on('error', lost);
}

/** What people see of an error: the sentence, the remedy, and a stack only where it is a fault of the program. */
export function describe(error: unknown): string {
  if (error instanceof HealthTensorError) {
    const remedy = error.remedy === undefined ? '' : `\n  ${error.remedy}`;
    return printable(redact(`error: ${error.message}${remedy}\n`));
  }
  // The system says no (a full disk, a folder that may not be written): not a fault of the program either.
  if (isNativeError(error) && 'syscall' in error) return redact(`error: ${error.message}\n`);
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
  return redact(`error: this should not happen, please report it:\n${stack}\n`);
}
