import { readdir, realpath } from 'node:fs/promises';
import { HealthTensorError, messageOf } from '../common/index.js';

/** The real path of a data set folder; HealthTensorError DATASET_MISSING when there is none, or it may not be read. */
export async function realFolder(path: string): Promise<string> {
  try {
    await readdir(path);
    return await realpath(path);
  } catch (error) {
    throw new HealthTensorError(
      'DATASET_MISSING',
      `The data set folder ${path} cannot be opened: ${messageOf(error)}`,
      {
        remedy:
          'Give an existing folder with Data_Entry.csv and images/ to --dataset.path, or make one: ' +
          'healthtensor dataset download, or healthtensor dataset synth.',
        cause: error,
      },
    );
  }
}
