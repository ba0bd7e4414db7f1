import type { Command } from 'commander';
import { configureSelfCheck } from './miner-self-check.js';
import { configureStatus } from './miner-status.js';
import { addOptions, optionsOf } from './options/command.js';
import { MINER_OPTIONS, minerSettings } from './options/miner.js';
import { logOf } from './options/shared.js';
import { keyOpening } from './passwords.js';
import { run } from './run.js';

/** `healthtensor miner`, `miner status` and `miner self-check` */
export function configure(command: Command): void {
  command.enablePositionalOptions(); // the flags behind a subcommand are the subcommand's
  configureStatus(command);
  configureSelfCheck(command);
  addOptions(command, MINER_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(command, MINER_OPTIONS);
      const settings = minerSettings(options);
      const { runMiner } = await import('../miner/index.js');
      await runMiner(settings, { log: logOf(options, 'miner'), signal, opening: keyOpening(signal) });
    }),
  );
}
