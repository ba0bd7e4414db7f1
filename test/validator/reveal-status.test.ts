import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, test } from '@jest/globals';
import type { WeightCommit } from '../../src/chain/index.js';
import { readRevealStatus } from '../../src/validator/reveal-status.js';
import { MIGRATIONS } from '../../src/validator/schema.js';
import { Store } from '../../src/validator/store.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const commit = (index: number): WeightCommit => ({
  ...{ method: 'timelocked', netuid: 31, hotkey: '5hot', uids: [1], values: [65_535], versionKey: 0n },
  ...{ commitHash: `0x${index}`, headBlock: 100 * index, validUntil: 100 * index + 16 },
  ...{ commitEpoch: index, firstRevealBlock: 100 * index + 60, lastRevealBlock: 100 * index + 160 },
});

describe('how commit-reveal goes, read from the state', () => {
  test('is told while a validator has it open', () =>
    inTemporaryFolder((folder) => {
      const path = join(folder, 'state.sqlite');
      const store = new Store(path);
      for (let index = 1; index <= 5; index++) store.commits.add(commit(index));
      store.commits.settle(commit(1), 'revealed');
      store.commits.settle(commit(2), 'missed', 'drand was silent');
      store.commits.settle(commit(3), 'revealed');
      store.commits.settle(commit(4), 'missed', 'the permit was gone');
      expect(readRevealStatus(path)).toMatchObject({
        ...{ revealed: 2, missed: 2, missedInARow: 1 },
        last: { state: 'missed', reason: 'the permit was gone' },
        open: [{ state: 'sent', commit: { commitHash: '0x5' } }],
      });
      store.close();
      expect(readRevealStatus(path)).toMatchObject({ revealed: 2, missed: 2 });
      return Promise.resolve();
    }));

  test('is not told where there is no state, and none is made', () =>
    inTemporaryFolder(async (folder) => {
      expect(readRevealStatus(join(folder, 'state.sqlite'))).toBeUndefined();
      expect(await readdir(folder)).toEqual([]);
    }));

  test('is not told by a state from before commits were kept, and its schema stays', () =>
    inTemporaryFolder((folder) => {
      const path = join(folder, 'state.sqlite');
      const database = new Database(path);
      database.exec(MIGRATIONS[0] ?? '');
      database.exec('PRAGMA user_version = 1');
      expect(readRevealStatus(path)).toBeUndefined();
      expect(database.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 1 });
      database.close();
      return Promise.resolve();
    }));

  test('is an error where the file is no state', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'state.sqlite');
      await writeFile(path, 'x'.repeat(5000));
      expect(() => readRevealStatus(path)).toThrow(
        expect.objectContaining({ code: 'STATE_UNREADABLE', message: expect.stringContaining(path) }),
      );
    }));
});
