import type { Command } from 'commander';
import type { Hotkey } from '../common/identifiers.js';
import { parseDevice } from '../engine/device-request.js';
import { printChecks } from './checks.js';
import { addOptions, optionsOf } from './options/command.js';
import type { Values } from './options/definition.js';
import { SELF_CHECK_OPTIONS, selfCheckTarget } from './options/self-check.js';
import { walletOf } from './options/shared.js';
import { run } from './run.js';

/** `healthtensor miner self-check <model>`: exit code 1 when a validator would refuse the model, 0 otherwise. */
export function configureSelfCheck(parent: Command): void {
  const command = parent
    .command('self-check')
    .description("put a model through a validator's gates and evaluation, before anybody else does")
    .argument('<model>', 'folder with config.json and model.safetensors, or owner/name@commit on the hub');
  addOptions(command, SELF_CHECK_OPTIONS)
    .addHelpText('after', '\nExit code: 0 a validator would take it, 1 it would not (or something failed).')
    .action((model: string) => run((signal) => check(model, optionsOf(command, SELF_CHECK_OPTIONS), signal)));
}

async function check(
  model: string,
  options: Values<typeof SELF_CHECK_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const target = selfCheckTarget(model);
  const [{ addressOfKey }, { Log }, { readReport, selfCheck, withTools }] = await Promise.all([
    import('../chain/index.js'),
    import('../common/log.js'),
    import('../validator/answers/index.js'),
  ]);
  const { datasetPath, datasetCache, evaluationImages, maxImageSize, batchSize } = options;
  const hotkey =
    options.hotkey ??
    ((await addressOfKey(walletOf(options), 'hotkey').catch(() => undefined)) as Hotkey | undefined);
  const report = options.report === undefined ? undefined : await readReport(options.report);
  const settings = {
    device: parseDevice('--device', options.device),
    dataset: datasetPath === undefined ? undefined : { path: datasetPath, cacheDirectory: datasetCache },
    hub: { endpoint: options.hubEndpoint, downloadHosts: options.downloadHosts },
    log: new Log({ level: 'WARNING', name: 'self-check' }),
    signal,
  };
  const checks = await withTools(settings, (tools) =>
    selfCheck(target, tools, { hotkey, report, evaluationImages, maxImageSize, batchSize, signal }),
  );
  printChecks(checks, options.json);
}
