import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import type { Hotkey, RepoId } from '../../src/common/index.js';
import { enqueue, noPublications } from '../../src/miner/publication.js';
import { readPublications, writePublications } from '../../src/miner/publication-file.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const state = enqueue(
  noPublications({
    genesisHash: '0x01',
    netuid: 31,
    hotkey: '5F' as Hotkey,
    hub: 'h',
    repo: 'a/b' as RepoId,
  }),
  { folder: 'epoch-1', epoch: 1, loss: 0.1 + 0.2, weightsSha256: 'ff' },
);

test('publications come back exactly as they were written', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'publications.json');
    expect(await readPublications(path)).toBeUndefined();
    await writePublications(path, state);
    expect(await readPublications(path)).toEqual(state);
  }));

test.each(['{"version": 1, "destin', '', 'null', '{"version": 2, "destination": {}}'])(
  'a file with %j is an error that names it, not an empty state',
  (text) =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'publications.json');
      await writeFile(path, text);
      await expect(readPublications(path)).rejects.toMatchObject({
        code: 'STATE_DAMAGED',
        message: expect.stringContaining(path),
      });
    }),
);
