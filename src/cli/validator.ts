import type { Command } from 'commander';
import { addOptions, optionsOf } from './options/command.js';
import { logOf } from './options/shared.js';
import { VALIDATOR_OPTIONS, validatorSettings } from './options/validator.js';
import { keyOpening } from './passwords.js';
import { run } from './run.js';
import { configureExplain } from './validator-explain.js';

/** `healthtensor validator`, and `validator explain` */
export function configure(command: Command): void {
  command.enablePositionalOptions(); // the flags behind a subcommand are the subcommand's
  configureExplain(command);
  addOptions(command, VALIDATOR_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(command, VALIDATOR_OPTIONS);
      const settings = validatorSettings(options);
      const { runValidator } = await import('../validator/index.js');
      await runValidator(settings, { log: logOf(options, 'validator'), signal, opening: keyOpening(signal) });
    }),
  );
}
