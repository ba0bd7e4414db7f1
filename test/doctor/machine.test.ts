import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diskFinding, nodeFinding, roomOf } from '../../src/doctor/machine.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const GIB = 2 ** 30;

describe('what the doctor says of the machine', () => {
  test.each([
    ['18.19.1', 'failure'],
    ['20.9.0', 'failure'],
    ['20.17.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('Node.js %s is a %s', async (version, level) => {
    expect((await nodeFinding(version)).level).toBe(level);
  });

  test.each([
    [1 * GIB, 'failure'],
    [10 * GIB, 'warning'],
    [200 * GIB, 'ok'],
  ])('%i bytes free are a %s', (freeBytes, level) => {
    expect(diskFinding({ folder: '/state', freeBytes }).level).toBe(level);
  });

  test('folders that do not exist yet are measured where they will be, one line for a file system', async () => {
    await inTemporaryFolder(async (folder) => {
      const rooms = await roomOf([join(folder, 'a', 'b', 'c'), folder]);
      expect(rooms).toHaveLength(1);
      expect(rooms[0]?.freeBytes).toBeGreaterThan(0);
    });
  });
});
