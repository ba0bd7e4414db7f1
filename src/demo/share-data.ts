import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Entry,
  formatLabels,
  readEntries,
  splitByPatient,
  synthesizeDataset,
} from '../dataset/index.js';
import type { DemoSettings } from './settings.js';

/** Part of the images that only the validator gets. */
const VALIDATOR_SHARE = 0.3;

/** Two data set folders that share no patient: a validator must judge on images that no miner has trained on. */
export interface SharedData {
  miners: string;
  validator: string;
}

/** Splits the user's data set, or fresh phantoms, between the miners and the validator; the images are not copied. */
export async function shareData(settings: DemoSettings, signal: AbortSignal): Promise<SharedData> {
  const source = settings.data ?? join(settings.directory, 'phantoms');
  if (settings.data === undefined) {
    await synthesizeDataset({ path: source, images: settings.images, seed: 1, size: 64, signal });
  }
  const { entries } = await readEntries(source, signal);
  const { train, validation } = splitByPatient(entries, { validationFraction: VALIDATOR_SHARE, seed: 1 });
  const pick = (rows: Uint32Array) =>
    Array.from(rows, (row) => entries[row]).filter((entry) => entry !== undefined);
  return {
    miners: await subset(source, pick(train), join(settings.directory, 'data-miners')),
    validator: await subset(source, pick(validation), join(settings.directory, 'data-validator')),
  };
}

async function subset(source: string, entries: readonly Entry[], path: string): Promise<string> {
  await mkdir(path);
  await symlink(join(await realpath(source), 'images'), join(path, 'images'));
  const rows = entries.map(({ name, labels }) => `${name},${formatLabels(labels)}\n`);
  await writeFile(join(path, 'Data_Entry.csv'), `image_name,label\n${rows.join('')}`);
  return path;
}
