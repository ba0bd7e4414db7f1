import { closest, distance } from 'fastest-levenshtein';

/**
 * A failure that is ours or the operator's: something to mend, never a verdict on a miner's model.
 * `code` is stable and upper-case; `remedy` is the next thing to do or type.
 */
export class HealthTensorError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(code: string, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** A bad option: what was expected, for which option, and what came. */
export class OptionError extends HealthTensorError {
  constructor(option: string, expected: string, received: unknown, choices: readonly string[] = []) {
    const shown = typeof received === 'string' ? JSON.stringify(received) : String(received);
    const near = typeof received === 'string' ? nearest(received, choices) : undefined;
    const hint = near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`;
    super('BAD_OPTION', `Expected ${expected} for ${option} but received ${shown}${hint}`);
  }
}

/** The choice that is spelt most like `word`, when it is near enough to be a slip of the finger. */
export function nearest(word: string, choices: readonly string[]): string | undefined {
  if (choices.length === 0) return undefined;
  const lower = word.toLowerCase();
  const best = closest(lower, choices);
  return distance(lower, best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3)) ? best : undefined;
}

/** The text of anything that was thrown, in one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ').trim();
}

/** Throws the signal's reason when it is aborted; for loops that check between steps. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
}
