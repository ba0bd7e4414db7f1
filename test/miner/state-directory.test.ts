import { homedir } from 'node:os';
import { join } from 'node:path';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { minerStateDirectory, prepareStateDirectory } from '../../src/miner/state-directory.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const now = new Date('2026-01-02T03:04:05.678Z');

describe('the state folder of a miner', () => {
  test('is where operators expect it, one for each wallet, hotkey and subnet', () => {
    const wallet = { name: 'w', hotkey: 'h', path: '/anywhere' };
    expect(minerStateDirectory({ wallet, netuid: 31 })).toBe(
      join(homedir(), '.bittensor/miners/w/h/netuid31/healthtensor'),
    );
    expect(minerStateDirectory({ wallet, netuid: 31, stateDirectory: '/here' })).toBe('/here');
  });

  test('is moved aside by a restart, never deleted', () =>
    inTemporaryFolder(async (folder) => {
      const state = join(folder, 'state');
      await mkdir(state);
      await writeFile(join(state, 'checkpoint'), 'hours of work');
      const aside = await prepareStateDirectory(state, { restart: true, now });
      expect(aside).toBe(`${state}.before-2026-01-02T03-04-05-678Z`);
      expect(await readFile(join(String(aside), 'checkpoint'), 'utf8')).toBe('hours of work');
      expect(await readdir(state)).toEqual([]);
    }));

  test('is left alone without a restart', () =>
    inTemporaryFolder(async (folder) => {
      const state = join(folder, 'deep', 'state');
      expect(await prepareStateDirectory(state, { restart: true, now })).toBeUndefined();
      await writeFile(join(state, 'checkpoint'), 'hours of work');
      expect(await prepareStateDirectory(state, { restart: false, now })).toBeUndefined();
      expect(await readdir(state)).toEqual(['checkpoint']);
    }));
});
