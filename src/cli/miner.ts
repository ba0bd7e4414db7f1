import type { Command } from 'commander';
import { addOptions, optionsOf } from './options/command.js';
import { MINER_OPTIONS, minerSettings } from './options/miner.js';
import { logOf } from './options/shared.js';
import { keyOpening } from './passwords.js';
import { run } from './run.js';

/** `healthtensor miner` */
export function configure(command: Command): void {
  addOptions(command, MINER_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(command, MINER_OPTIONS);
      const settings = minerSettings(options);
      const { runMiner } = await import('../miner/index.js');
      await runMiner(settings, { log: logOf(options, 'miner'), signal, opening: keyOpening(signal) });
    }),
  );
}
