import { describe, expect, test } from '@jest/globals';
import { sharedPath } from '../support/shared.js';
import { runCommand } from '../support/command.js';

const MINUTES = 60_000;
const xrays = sharedPath('data/nih');

/** What the last table of the demo says of each miner. */
function leaderboard(stdout: string): { name: string; revision: string; loss: number; weight: number }[] {
  const rows = stdout.matchAll(
    /^\d +\d+ +(miner-\d) +\w+ +\S+ @ ([0-9a-f]{10}) +(\d\.\d+) +(?:\d\.\d+|-) +(\d+)$/gm,
  );
  return [...rows].map(([, name = '', revision = '', loss = '', weight = '']) => ({
    name,
    revision,
    loss: Number(loss),
    weight: Number(weight),
  }));
}

function expectWholeStory(ended: { code: number; stdout: string; stderr: string }): void {
  expect(ended).toMatchObject({ code: 0 });
  const rows = leaderboard(ended.stdout);
  expect(rows.map(({ name }) => name).sort()).toEqual(['miner-1', 'miner-2', 'miner-3']);
  expect(new Set(rows.map(({ revision }) => revision)).size).toBe(3);
  expect(rows.every(({ loss }) => Number.isFinite(loss) && loss > 0)).toBe(true);
  expect(rows.map(({ loss }) => loss)).toEqual(rows.map(({ loss }) => loss).sort((a, b) => a - b));
  expect(rows[0]?.weight).toBe(65_535);
  expect(rows.every(({ weight }) => weight > 0)).toBe(true);
}

describe('healthtensor demo', () => {
  test(
    'takes three miners and a validator from wallets to weights on the chain that follow the losses, on phantoms',
    async () => expectWholeStory(await runCommand(['demo', '--rounds', '1', '--images', '300'])),
    6 * MINUTES,
  );

  const withXrays = xrays === undefined ? test.skip : test;
  withXrays(
    `does the same on real X-rays, with weights that are committed and revealed${xrays === undefined ? ' (skipped: HEALTHTENSOR_TEST_SHARED has none)' : ''}`,
    async () => {
      const flags = ['--data', xrays ?? '', '--rounds', '2', '--commit_reveal', 'True'];
      const ended = await runCommand(['demo', ...flags]);
      expectWholeStory(ended);
      expect(ended.stdout).toMatch(/Weights of block \d+ revealed in block \d+/);
    },
    6 * MINUTES,
  );
});
