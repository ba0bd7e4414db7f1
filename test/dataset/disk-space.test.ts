import { expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { ensureDiskSpace } from '../../src/dataset/disk-space.js';

test('says how much is needed and free before a disk would overflow', async () => {
  await expect(ensureDiskSpace(tmpdir(), 2 ** 60, 'Buy a larger disk.')).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/1152921504607 MB needed, \d+ MB free/),
    remedy: 'Buy a larger disk.',
  });
  await expect(ensureDiskSpace(tmpdir(), 0, '')).resolves.toBeUndefined();
});
