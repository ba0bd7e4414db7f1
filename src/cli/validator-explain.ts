import type { Command } from 'commander';
import { printable, redact } from '../common/log.js';
import { addOptions, optionsOf } from './options/command.js';
import type { Values } from './options/definition.js';
import { EXPLAIN_OPTIONS } from './options/explain.js';
import { walletOf } from './options/shared.js';
import { run } from './run.js';

/** `healthtensor validator explain <hotkey|uid>`: exit code 1 when there is nothing to explain, or nothing to believe. */
export function configureExplain(parent: Command): void {
  const command = parent
    .command('explain')
    .description('tell what the rounds found about a miner, and why it earns what it earns')
    .argument('<miner>', 'hotkey, its beginning, or uid');
  addOptions(command, EXPLAIN_OPTIONS)
    .addHelpText(
      'after',
      '\nExit code: 0 explained, 1 not (no such miner, no report, or one with a bad signature).',
    )
    .action((miner: string) => run(() => explainTo(miner, optionsOf(command, EXPLAIN_OPTIONS))));
}

async function explainTo(miner: string, options: Values<typeof EXPLAIN_OPTIONS>): Promise<void> {
  const [{ explain, explanationText, isSignedByValidator, readReports }, state] = await Promise.all([
    import('../validator/answers/index.js'),
    import('../validator/state-directory.js'),
  ]);
  const { netuid, stateDir, history, json } = options;
  const wallet = walletOf(options);
  const directory = state.validatorStateDirectory({ wallet, netuid, stateDirectory: stateDir });
  const reports = await readReports(options.report ?? state.validatorStateFiles(directory).reports, {
    limit: history,
  });
  const explanation = explain(reports, miner);
  const explained = reports.find(({ block }) => block === explanation.round.block);
  const signed = explained !== undefined && (await isSignedByValidator(explained));
  const text = json
    ? JSON.stringify({ ...explanation, signed }, undefined, 2)
    : printable(explanationText(explanation, signed ? 'valid' : 'INVALID'));
  process.stdout.write(`${redact(text)}\n`);
  if (!signed) process.exitCode = 1;
}
