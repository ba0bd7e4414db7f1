#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';

/** Every command: a line for the help, and the file that is loaded only when the command is called. */
const COMMANDS: Readonly<
  Record<string, { summary: string; load: () => Promise<{ configure(command: Command): void }> }>
> = {
  miner: { summary: 'train, publish and commit models', load: () => import('./miner.js') },
  validator: { summary: "evaluate miners' models and set weights", load: () => import('./validator.js') },
  'verify-report': {
    summary: "compute a validator's report of a round again",
    load: () => import('./verify-report.js'),
  },
  doctor: { summary: 'check everything that a miner or validator needs', load: () => import('./doctor.js') },
  wallet: { summary: 'make, restore and list keys', load: () => import('./wallet.js') },
  register: { summary: 'register a hotkey on the subnet', load: () => import('./register.js') },
  dataset: { summary: 'draw, download or check a data set', load: () => import('./dataset.js') },
  payout: { summary: 'simulate what miners, copies and fleets earn', load: () => import('./payout.js') },
  localnet: { summary: 'run a chain and a hub on this machine', load: () => import('./localnet.js') },
  demo: { summary: 'miners and a validator at work on a local net', load: () => import('./demo.js') },
};

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('healthtensor')
  .description(
    'A Bittensor subnet for medical imaging: miners train chest X-ray classifiers, validators rank them.',
  )
  .version(manifest.version)
  .enablePositionalOptions() // what stands behind a command is the command's, also where it has subcommands
  .showHelpAfterError('(--help lists the flags)');

const called = process.argv[2] === 'help' ? process.argv[3] : process.argv[2];
for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
  const command = program
    .command(name)
    .description(summary)
    .showHelpAfterError(`(healthtensor ${name} --help lists the flags)`);
  if (name === called) (await load()).configure(command);
}
await program.parseAsync();
