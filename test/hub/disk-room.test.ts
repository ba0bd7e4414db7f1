import { expect, test } from '@jest/globals';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToCome, checkFreeDisk } from '../../src/hub/disk-room.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

test('what an earlier run left is not counted again, unless it is too long to be used', async () => {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'model.safetensors');
    expect(await bytesToCome(file, 1000)).toBe(1000);
    await writeFile(`${file}.part`, '');
    await truncate(`${file}.part`, 900);
    expect(await bytesToCome(file, 1000)).toBe(100);
    expect(await bytesToCome(file, 900)).toBe(0);
    expect(await bytesToCome(file, 800)).toBe(800);
  });
});

test('a disk with too little room is named; nothing to download needs none', async () => {
  await inTemporaryFolder(async (folder) => {
    await expect(checkFreeDisk(folder, 1e18, 0)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await expect(checkFreeDisk(folder, 1, 1e18)).rejects.toThrow(folder);
    await checkFreeDisk(folder, 0, 1e18);
    await checkFreeDisk(folder, 1, 0);
  });
});
