import type { Command } from 'commander';
import type { Hotkey } from '../common/identifiers.js';
import { printChecks } from './checks.js';
import { addOptions, optionsOf } from './options/command.js';
import type { Values } from './options/definition.js';
import { chainEndpointsOf, walletOf } from './options/shared.js';
import { STATUS_OPTIONS } from './options/status.js';
import { run } from './run.js';

/** `healthtensor miner status`: exit code 1 when something has to be mended, 0 otherwise. */
export function configureStatus(parent: Command): void {
  const command = parent
    .command('status')
    .description('tell where the submission stands, from chain, hub, this machine and a report');
  addOptions(command, STATUS_OPTIONS)
    .addHelpText('after', '\nExit code: 0 nothing to mend (warnings there may be), 1 something to mend.')
    .action(() => run((signal) => tellStatus(optionsOf(command, STATUS_OPTIONS), signal)));
}

async function tellStatus(options: Values<typeof STATUS_OPTIONS>, signal: AbortSignal): Promise<void> {
  const { netuid } = options;
  const [{ addressOfKey }, { silentLog }, { Hub }, { minerStatus, readReport }, miner] = await Promise.all([
    import('../chain/index.js'),
    import('../common/log.js'),
    import('../hub/index.js'),
    import('../validator/answers/index.js'),
    import('../miner/index.js'),
  ]);
  const wallet = walletOf(options);
  const hotkey = options.hotkey ?? ((await addressOfKey(wallet, 'hotkey')) as Hotkey);
  const report = options.report === undefined ? undefined : await readReport(options.report);
  const directory = miner.minerStateDirectory({ wallet, netuid, stateDirectory: options.stateDir });
  // Another hotkey's state is not here.
  const local =
    options.hotkey === undefined
      ? await miner.readPublications(miner.minerStateFiles(directory).publications)
      : undefined;
  const hub = new Hub({ endpoint: options.hubEndpoint, log: silentLog });
  try {
    const checks = await minerStatus({
      endpoints: chainEndpointsOf(options),
      netuid,
      hotkey,
      hub,
      local,
      report,
      signal,
    });
    printChecks(checks, options.json);
  } finally {
    await hub.close();
  }
}
