import { type Command, Option } from 'commander';
import { hideSecret } from '../../common/log.js';
import { type OptionTable, type Values, variableOf } from './definition.js';
import { path as parsePath } from './parsers.js';
import { readConfig, readDotenv, resolveOptions } from './resolve.js';

/** Gives a command the flags of a table, plus `--config`; secrets get a line in the help but no flag. */
export function addOptions(command: Command, table: OptionTable): Command {
  for (const definition of Object.values(table)) {
    if (definition.secret) continue;
    const value = definition.value === undefined ? ' [True|False]' : ` ${definition.value}`;
    const option = new Option(`--${definition.name}${value}`, helpOf(definition));
    if (definition.repeatable) option.argParser(joined);
    command.addOption(option.helpGroup(definition.group));
    for (const alias of definition.aliases ?? []) {
      command.addOption(new Option(`--${alias}${value}`).hideHelp());
    }
  }
  command.addOption(
    new Option(
      '--config <file>',
      'YAML or JSON file with the same names (a flag or variable is stronger)',
    ).helpGroup('Other'),
  );
  const secrets = Object.values(table).filter(({ secret }) => secret);
  const lines = secrets.map(
    ({ name, variables, help }) => `  ${[...(variables ?? []), variableOf(name)].join(', ')}: ${help}`,
  );
  return command.addHelpText(
    'after',
    [
      '',
      'Every flag is also an environment variable (--wallet.name: HEALTHTENSOR_WALLET_NAME), in the environment or in .env.',
      ...(lines.length === 0 ? [] : ['Only from the environment or .env:', ...lines]),
    ].join('\n'),
  );
}

/** The values of a flag that is given several times, as a variable or file would have them. */
function joined(value: string, earlier: string | undefined): string {
  return earlier === undefined ? value : `${earlier},${value}`;
}

function helpOf(definition: OptionTable[string]): string {
  if (definition.fallback === undefined) return definition.help;
  return `${definition.help} (default: ${definition.fallback})`;
}

/** The values of a command that commander has parsed, from every source. */
export function optionsOf<Table extends OptionTable>(command: Command, table: Table): Values<Table> {
  const flags = command.opts<Record<string, string | boolean | undefined>>();
  const environment = process.env;
  const config = flags.config === undefined ? environment.HEALTHTENSOR_CONFIG : String(flags.config);
  const dotenv = readDotenv('.env');
  hideSecret(environment.ACCESS_TOKEN ?? dotenv.ACCESS_TOKEN);
  return resolveOptions(table, {
    flags,
    environment,
    dotenv,
    ...(config === undefined || config === '' ? {} : { config: readConfig(parsePath('--config', config)) }),
  });
}
