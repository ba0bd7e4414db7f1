import { describe, expect, test } from '@jest/globals';
import { gpusOf, launchOf, leads, parseProcesses } from '../../src/engine/index.js';

const TORCHRUN = {
  RANK: '3',
  WORLD_SIZE: '4',
  LOCAL_RANK: '1',
  LOCAL_WORLD_SIZE: '2',
  MASTER_ADDR: 'node-0',
  MASTER_PORT: '29500',
};

describe('--nproc', () => {
  test('is a number of processes', () => {
    expect(parseProcesses('--nproc', ' 4 ')).toBe(4);
  });

  test.each(['', '0', '-1', '1.5', 'two', '257'])('refuses "%s"', (text) => {
    expect(() => parseProcesses('--nproc', text)).toThrow(
      /Expected a number of processes from 1 to 256 for --nproc/,
    );
  });
});

describe('the launch', () => {
  test('is on this machine without a launcher, with as many processes as asked for', () => {
    expect(launchOf(2, {})).toEqual({ kind: 'here', processes: 2 });
    expect(launchOf(undefined, {})).toEqual({ kind: 'here' });
    expect(gpusOf(launchOf(3, {}))).toBe(3);
    expect(leads(launchOf(3, {}))).toBe(true);
  });

  test("is one of a launcher's processes when RANK and WORLD_SIZE say so", () => {
    const launch = launchOf(undefined, TORCHRUN);
    expect(launch).toEqual({
      kind: 'member',
      rank: 3,
      size: 4,
      localRank: 1,
      localSize: 2,
      masterAddress: 'node-0',
      masterPort: 29500,
      launcherKeepsStore: false,
      attempt: 'none/0',
    });
    expect(leads(launch)).toBe(false);
    expect(gpusOf(launch)).toBe(2);
    expect(leads(launchOf(undefined, { ...TORCHRUN, RANK: '0', LOCAL_RANK: '0' }))).toBe(true);
  });

  test('uses the meeting place that torchrun keeps, apart from earlier attempts', () => {
    const env = {
      ...TORCHRUN,
      TORCHELASTIC_USE_AGENT_STORE: 'True',
      TORCHELASTIC_RUN_ID: 'x',
      TORCHELASTIC_RESTART_COUNT: '2',
    };
    expect(launchOf(undefined, env)).toMatchObject({ launcherKeepsStore: true, attempt: 'x/2' });
  });

  test('of a world of one is alone', () => {
    expect(launchOf(undefined, { RANK: '0', WORLD_SIZE: '1' })).toEqual({ kind: 'here' });
  });

  test.each([
    [{ WORLD_SIZE: undefined }, /WORLD_SIZE/],
    [{ RANK: undefined }, /RANK/],
    [{ RANK: '4' }, /Expected a number from 0 to 3 in RANK but found "4"/],
    [{ MASTER_ADDR: ' ' }, /MASTER_ADDR/],
    [{ MASTER_PORT: '0' }, /MASTER_PORT/],
    [{ MASTER_PORT: '65536' }, /MASTER_PORT/],
    [{ LOCAL_RANK: '9' }, /LOCAL_RANK/],
  ])('is refused with %j', (change, message) => {
    expect(() => launchOf(undefined, { ...TORCHRUN, ...change })).toThrow(message);
  });

  test('is refused when a launcher and --nproc both want to start processes', () => {
    expect(() => launchOf(2, TORCHRUN)).toThrow(/--nproc has no place/);
  });
});
