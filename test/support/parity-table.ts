/** What was found for an architecture; the worst of its cases. */
export interface ParityRow {
  /** Largest error of a logit, relative to the largest logit. */
  logits?: number;
  /** Largest error of a gradient or running statistic, relative to its tensor's norm. */
  gradients?: number;
  parameters?: string;
  bothWays?: string;
}

/** Collects what the parity tests find, architecture by architecture. */
export class ParityTable {
  readonly #rows = new Map<string, ParityRow>();

  record(architecture: string, found: ParityRow): void {
    const row = this.#rows.get(architecture) ?? {};
    const worst = (a: number | undefined, b: number | undefined) =>
      b === undefined ? a : Math.max(a ?? 0, b);
    const logits = worst(row.logits, found.logits);
    const gradients = worst(row.gradients, found.gradients);
    this.#rows.set(architecture, {
      ...row,
      ...found,
      ...(logits === undefined ? {} : { logits }),
      ...(gradients === undefined ? {} : { gradients }),
    });
  }

  toString(): string {
    const error = (value: number | undefined) => (value === undefined ? 'not run' : value.toExponential(1));
    const lines = [...this.#rows].map(([architecture, { logits, gradients, parameters, bothWays }]) => [
      architecture,
      error(logits),
      error(gradients),
      parameters ?? 'not run',
      bothWays ?? 'not run',
    ]);
    const table = [['parity', 'logits', 'gradients', 'parameters', 'weights both ways'], ...lines];
    return table
      .map((cells) =>
        cells
          .map((cell) => cell.padEnd(13))
          .join(' ')
          .trimEnd(),
      )
      .join('\n');
  }
}
