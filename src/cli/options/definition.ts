/** One setting of a command: the flag, where else it may come from, and how its text becomes a value. */
export interface OptionDefinition {
  /** The long flag without dashes, as the original spelt it: `wallet.name`, `num_epochs`. */
  readonly name: string;
  /** Older spellings that mean the same. */
  readonly aliases?: readonly string[];
  /** What the value looks like in the help: `<path>`; none for switches. */
  readonly value?: string;
  /** Heading in the help. */
  readonly group: string;
  readonly help: string;
  /** Environment variables besides the flag's own HEALTHTENSOR_ name, first wins. */
  readonly variables?: readonly string[];
  /** May be given several times; the values are joined by commas. */
  readonly repeatable?: boolean;
  /** Only from the environment or a file: a flag would show the secret to every user of the machine. */
  readonly secret?: boolean;
  /** What is parsed when nobody says anything; without it the value is undefined. */
  readonly fallback?: string;
  /** Text to value; throws an OptionError that names `option`. */
  readonly parse: (option: string, text: string) => unknown;
}

export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** The values that a table of definitions yields. */
export type Values<Table extends OptionTable> = {
  readonly [Key in keyof Table]:
    ReturnType<Table[Key]['parse']> | (Table[Key] extends { readonly fallback: string } ? never : undefined);
};

/** The option's own environment variable: `wallet.name` -> HEALTHTENSOR_WALLET_NAME. */
export function variableOf(name: string): string {
  return `HEALTHTENSOR_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
