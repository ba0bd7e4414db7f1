import type { Command } from 'commander';
import { addOptions, optionsOf } from './options/command.js';
import { PAYOUT_OPTIONS } from './options/payout.js';
import { run } from './run.js';

/** `healthtensor payout simulate` */
export function configure(command: Command): void {
  const simulate = command
    .command('simulate')
    .description('what the best, the tenth, a copy and a fleet of copies earn under each payout curve');
  addOptions(simulate, PAYOUT_OPTIONS).action(() =>
    run(async () => {
      const options = optionsOf(simulate, PAYOUT_OPTIONS);
      const [{ formatSimulation, simulatePayouts }, { PAYOUT_CURVES }] = await Promise.all([
        import('../validator/payout/simulate.js'),
        import('../validator/payout/curves.js'),
      ]);
      const simulations = simulatePayouts(options);
      if (options.json) {
        process.stdout.write(
          `${JSON.stringify({ miners: options.miners, copies: options.copies, simulations })}\n`,
        );
        return;
      }
      const curves = Object.entries(PAYOUT_CURVES).map(([name, { summary }]) => `${name}: ${summary}`);
      process.stdout.write(
        `Shares of the weights with ${options.miners} honest miners, in the long run.\n\n` +
          `${formatSimulation(simulations, options)}\n\n${curves.join('\n')}\n`,
      );
    }),
  );
}
