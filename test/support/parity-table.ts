/** What was found for an architecture; the worst of its cases. */
export interface ParityRow {
  /** Largest error of a logit, relative to the largest logit. */
  logits?: number;
  /** Largest error of a gradient or running statistic, relative to its tensor's norm. */
  gradients?: number;
  parameters?: string;
  /** Largest error of a logit after weights have travelled to timm or torchvision, or from there. */
  bothWays?: number;
}

/** Collects what the parity tests find, architecture by architecture. */
export class ParityTable {
  readonly #rows = new Map<string, ParityRow>();

  record(architecture: string, found: ParityRow): void {
    const row = this.#rows.get(architecture) ?? {};
    const worst = (name: 'logits' | 'gradients' | 'bothWays') => {
      const errors = [row[name], found[name]].filter((error) => error !== undefined);
      return errors.length === 0 ? {} : { [name]: Math.max(...errors) };
    };
    this.#rows.set(architecture, {
      ...row,
      ...found,
      ...worst('logits'),
      ...worst('gradients'),
      ...worst('bothWays'),
    });
  }

  toString(): string {
    const error = (value: number | undefined) => (value === undefined ? 'not run' : value.toExponential(1));
    const lines = [...this.#rows].map(([architecture, { logits, gradients, parameters, bothWays }]) => [
      architecture,
      error(logits),
      error(gradients),
      parameters ?? 'not run',
      error(bothWays),
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
