import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { HealthTensorError, messageOf, nearest, OptionError } from '../../common/errors.js';
import { hideSecret } from '../../common/log.js';
import { type OptionDefinition, type OptionTable, type Values, variableOf } from './definition.js';

/** Where values come from, strongest first: the command line, the environment, `.env`, the config file, the default. */
export interface Sources {
  /** Flag name to text; switches without a value come as `true`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dotenv: Readonly<Record<string, string | undefined>>;
  /** The config file's settings by dotted name, and its path for messages. */
  readonly config?: { readonly path: string; readonly settings: ReadonlyMap<string, string> };
}

/** Turns every definition into its value, or throws the first OptionError with the place that the value came from. */
export function resolveOptions<Table extends OptionTable>(table: Table, sources: Sources): Values<Table> {
  refuseUnknownSettings(table, sources.config);
  const values = Object.entries(table).map(([key, definition]) => [key, resolveOne(definition, sources)]);
  return Object.fromEntries(values) as Values<Table>;
}

function resolveOne(definition: OptionDefinition, sources: Sources): unknown {
  const found = find(definition, sources) ?? defaultOf(definition);
  if (found === undefined) return undefined;
  if (definition.secret) hideSecret(found.text);
  return definition.parse(found.place, found.text);
}

function defaultOf({ name, fallback }: OptionDefinition): { place: string; text: string } | undefined {
  return fallback === undefined ? undefined : { place: `the default of --${name}`, text: fallback };
}

function find(definition: OptionDefinition, sources: Sources): { place: string; text: string } | undefined {
  const names = [definition.name, ...(definition.aliases ?? [])];
  for (const name of names) {
    const given = sources.flags[name];
    if (given !== undefined) return { place: `--${name}`, text: String(given) };
  }
  const variables = [...names.map(variableOf), ...(definition.variables ?? [])];
  for (const [place, environment] of [
    ['', sources.environment],
    [' in .env', sources.dotenv],
  ] as const) {
    for (const variable of variables) {
      const given = environment[variable];
      if (given !== undefined && given !== '') return { place: `${variable}${place}`, text: given };
    }
  }
  for (const name of names) {
    const given = sources.config?.settings.get(name);
    if (given !== undefined) return { place: `${name} in ${sources.config?.path}`, text: given };
  }
  return undefined;
}

function refuseUnknownSettings(table: OptionTable, config: Sources['config']): void {
  if (config === undefined) return;
  const known = Object.values(table).flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
  for (const name of config.settings.keys()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new OptionError(
      config.path,
      `settings of this command${near === undefined ? '' : ` (the nearest is ${near})`}`,
      name,
    );
  }
}

/** The variables of a `.env` file; none when there is no file. */
export function readDotenv(path: string): Record<string, string | undefined> {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new HealthTensorError('BAD_DOTENV', `Cannot read ${path}: ${messageOf(error)}`, {
      remedy: 'Make it readable or remove it.',
      cause: error,
    });
  }
  return parseEnv(content);
}

/** A YAML or JSON config file as dotted names: `wallet: {name: a}` and `wallet.name: a` are the same setting. */
export function readConfig(path: string): { path: string; settings: Map<string, string> } {
  let root: unknown;
  try {
    root = parseYaml(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new HealthTensorError(
      'BAD_CONFIG_FILE',
      `Cannot read the config file ${path}: ${messageOf(error)}`,
      {
        remedy: 'It is YAML or JSON with the names of the flags, for example `netuid: 31`.',
        cause: error,
      },
    );
  }
  const settings = new Map<string, string>();
  const walk = (value: unknown, name: string): void => {
    if (value === null || value === undefined) return;
    if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`);
    } else if (name === '' || !['string', 'number', 'boolean'].includes(typeof value)) {
      throw new OptionError(path, 'settings by name', name === '' ? value : name);
    } else {
      settings.set(name, `${value as string | number | boolean}`);
    }
  };
  walk(root, '');
  return { path, settings };
}
