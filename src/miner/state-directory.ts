import { mkdir, rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { lockState } from '../common/state-lock.js';
import type { MinerSettings } from './settings.js';

/** Where a miner keeps its state: the folder of the settings, else one under ~/.bittensor, as operators expect. */
export function minerStateDirectory(
  settings: Pick<MinerSettings, 'stateDirectory' | 'wallet' | 'netuid'>,
): string {
  const { name, hotkey } = settings.wallet;
  return (
    settings.stateDirectory ??
    join(homedir(), '.bittensor', 'miners', name, hotkey, `netuid${settings.netuid}`, 'healthtensor')
  );
}

/** The files in it. */
export function minerStateFiles(directory: string) {
  return {
    checkpoint: join(directory, 'checkpoint'),
    start: join(directory, 'start.json'),
    publications: join(directory, 'publications.json'),
    outbox: join(directory, 'outbox'),
    history: join(directory, 'history.jsonl'),
    submissions: join(directory, 'submissions.jsonl'),
  };
}

/** Whether a training has got so far that it can be gone on with. */
export async function hasCheckpoint({ checkpoint }: { checkpoint: string }): Promise<boolean> {
  return (await exists(checkpoint)) || exists(`${checkpoint}.previous`);
}

/**
 * Makes the state folder. With `restart`, what an earlier run left there is first moved to a folder beside it, whose
 * path is returned: nothing is deleted.
 * @throws HealthTensorError STATE_IN_USE
 */
export async function prepareStateDirectory(
  directory: string,
  o: { restart: boolean; now: Date },
): Promise<string | undefined> {
  let aside: string | undefined;
  if (o.restart && (await exists(directory))) {
    aside = `${directory}.before-${o.now.toISOString().replaceAll(/[:.]/g, '-')}`;
    // Not from under a miner that is still running.
    const release = lockState(directory);
    try {
      await rename(directory, aside);
    } finally {
      release();
    }
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return aside;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
