// @ts-check
/** A failure of the set-up that says what is wrong and what to do next; shown without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} message what happened, naming the thing concerned
   * @param {readonly string[]} [remedies] the ways out, one a line
   * @param {unknown} [cause]
   */
  constructor(message, remedies = [], cause = undefined) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SetupError';
    this.remedies = remedies;
  }
}

/**
 * The text of anything that was thrown, in one line.
 * @param {unknown} error
 */
export function messageOf(error) {
  const inner = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return (error instanceof Error ? error.message + inner : String(error)).replaceAll(/\s*\n\s*/g, ' ').trim();
}

/**
 * Runs the body of a command; an error is printed (a SetupError without its stack) and becomes exit code 1.
 * @param {() => Promise<number | void>} body
 * @param {string} [usage] printed instead where it is asked for with --help
 */
export async function runCommand(body, usage) {
  if (usage !== undefined && process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(usage);
    return;
  }
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (error instanceof SetupError) {
      console.error(`\nerror: ${error.message}`);
      for (const remedy of error.remedies) console.error(`  - ${remedy}`);
    } else {
      console.error(error);
    }
    process.exitCode = 1;
  }
}
