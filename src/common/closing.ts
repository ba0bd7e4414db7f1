import { messageOf } from './errors.js';
import type { Log } from './log.js';

/**
 * What was opened and has to be closed again. One that cannot be closed does not keep the others open: a socket that is
 * left behind would keep the process alive after its work has failed.
 */
export class Closing {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#steps.push(close);
  }

  /** Closes everything, the last opened first; what fails is logged. */
  async closeAll(log: Log): Promise<void> {
    for (const close of this.#steps.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.error(`Something could not be closed properly: ${messageOf(error)}`);
      }
    }
  }
}
