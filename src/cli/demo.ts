import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OptionError } from '../common/errors.js';
import { addOptions, optionsOf } from './options/command.js';
import { DEMO_OPTIONS } from './options/demo.js';
import { run } from './run.js';

/** `healthtensor demo` */
export function configure(command: Command): void {
  addOptions(command, DEMO_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(command, DEMO_OPTIONS);
      const { DEMO_MINERS, formatLeaderboard, LiveScreen, PlainScreen, runDemo } =
        await import('../demo/index.js');
      const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'healthtensor-demo-')));
      await mkdir(directory, { recursive: true });
      if ((await readdir(directory)).length > 0) {
        throw new OptionError('--directory', 'a new or empty folder', directory);
      }
      const out = process.stdout;
      const names = ['localnet', ...DEMO_MINERS.map(({ name }) => name), 'validator'];
      const screen = out.isTTY ? new LiveScreen(out, names) : new PlainScreen((line) => void out.write(line));
      let keep = options.directory !== undefined;
      try {
        const leaderboard = await runDemo(
          {
            data: options.data,
            rounds: options.rounds,
            images: options.images,
            commitReveal: options.commitReveal,
            directory,
          },
          { screen, signal },
        );
        out.write(`\n${formatLeaderboard(leaderboard)}\n`);
      } catch (error) {
        if (!signal.aborted) {
          keep = true;
          process.stderr.write(`logs, wallets and state of this run: ${directory}\n`);
        }
        throw error;
      } finally {
        if (!keep) await rm(directory, { recursive: true, force: true });
      }
    }),
  );
}
