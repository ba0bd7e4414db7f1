import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ValidatorSettings } from './settings.js';

/** Where a validator keeps its state: the folder of the settings, else one under ~/.bittensor, as operators expect. */
export function validatorStateDirectory(
  settings: Pick<ValidatorSettings, 'stateDirectory' | 'wallet' | 'netuid'>,
): string {
  const { name, hotkey } = settings.wallet;
  return (
    settings.stateDirectory ??
    join(homedir(), '.bittensor', 'validators', name, hotkey, `netuid${settings.netuid}`, 'healthtensor')
  );
}

/** The files in it. */
export function validatorStateFiles(directory: string) {
  return {
    database: join(directory, 'state.sqlite'),
    models: join(directory, 'models'),
    reports: join(directory, 'reports.jsonl'),
    newestReport: join(directory, 'report.json'),
    submissions: join(directory, 'submissions.jsonl'),
  };
}
