import { describe, expect, test } from '@jest/globals';
import {
  HealthTensorError,
  type Hotkey,
  Log,
  type RepoId,
  silentLog,
  type Uid,
} from '../../src/common/index.js';
import { careForState, isWhole, type LoopContext, runRounds } from '../../src/validator/loop.js';
import type { RoundResult } from '../../src/validator/report.js';

const miner = { uid: 0 as Uid, hotkey: 'miner' as Hotkey, registrationBlock: 1, previousScore: 0, score: 0 };

/** Of a miner with a commitment. */
function result(outcome: RoundResult['outcome'], code?: RoundResult['code']): RoundResult {
  return { ...miner, repo: 'miner/model' as RepoId, outcome, ...(code && { code }) };
}

describe('a round that counts towards --rounds', () => {
  test.each([
    ['judged a model', [result('valid')]],
    ['refused a model', [result('refused', 'NOT_FINITE')]],
    ['judged one, and could not fetch another', [result('valid'), result('kept', 'NOT_FETCHED')]],
  ])('%s', (_, results) => expect(isWhole({ results })).toBe(true));
});

describe('a round that does not count', () => {
  const uncommitted: RoundResult = { ...miner, outcome: 'refused', code: 'NO_COMMITMENT' };
  test.each([
    ['saw nobody', []],
    ['saw nobody who committed a model', [uncommitted]],
    ['could judge nobody', [result('kept', 'NOT_FETCHED')]],
    [
      'left a model to the next, because it was committed too late for the images',
      [result('valid'), result('kept', 'AWAITING_SAMPLE')],
    ],
  ])('%s', (_, results) => expect(isWhole({ results })).toBe(false));
});

/**
 * A validator at a chain whose head is `head`, up to its second look for a block. What each round says fails it: rounds begin with
 * the data.
 */
async function liveShortly(o: {
  head: number;
  fails: () => Error;
}): Promise<{ done: string[]; error: unknown }> {
  const done: string[] = [];
  const controller = new AbortController();
  const stopped = new Error('stopped');
  const fake = {
    chain: {
      waitForBlock: (block: number) => {
        if (done.some((one) => one.startsWith('waits'))) controller.abort(stopped);
        controller.signal.throwIfAborted();
        done.push(`waits for ${block}`);
        return Promise.resolve(o.head);
      },
      settled: () => Promise.resolve(),
      metagraph: () => {
        done.push('asks whether weights are due');
        return Promise.resolve({ block: 1, neurons: [{ hotkey: 'validator', lastUpdate: 1 }] });
      },
      hyperparameters: () => Promise.resolve({}),
    },
    refresh: {
      refreshIfMoved: (epoch: number) => {
        done.push(`round of block ${epoch}`);
        return Promise.reject(o.fails());
      },
    },
    store: { lastReport: () => ({ block: 90 }), commits: { open: () => (done.push('follows commits'), []) } },
    settings: { netuid: 1, queryTime: 10, epochLength: 1, disableSetWeights: false },
    ownHotkey: 'validator',
    data: { sizes: [] },
    log: silentLog,
    signal: controller.signal,
  };
  const error = await runRounds(fake as unknown as LoopContext).catch((thrown: unknown) => thrown);
  return { done, error };
}

const noData = () => new HealthTensorError('DATASET_MISSING', 'There is no data set');

test('commits are revealed and weights set also when a round fails', async () => {
  const { done } = await liveShortly({ head: 105, fails: noData });
  expect(done.slice(-3)).toEqual(['follows commits', 'follows commits', 'asks whether weights are due']);
});

test('a round belongs to a block that is deep enough to stay', async () => {
  expect((await liveShortly({ head: 112, fails: noData })).done).toEqual(
    expect.arrayContaining(['waits for 103', 'round of block 100']),
  );
  expect((await liveShortly({ head: 113, fails: noData })).done).toContain('round of block 110');
});

test('a damaged state ends the process, so that the next start puts its copy in place', async () => {
  const fails = () =>
    Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' });
  const { error, done } = await liveShortly({ head: 105, fails });
  expect(error).toMatchObject({ code: 'STATE_DAMAGED', remedy: expect.stringContaining('Start again') });
  expect(done).not.toContain('asks whether weights are due');
});

describe('the care for the state', () => {
  /** A state whose care fails with this code, if any. */
  async function cared(code?: string): Promise<{ times: number; warnings: string[]; ended: number[] }> {
    let times = 0;
    const warnings: string[] = [];
    const log = new Log({ level: 'WARNING', write: (line) => warnings.push(line) });
    const pruneAndBackUp = () => {
      times++;
      return code === undefined
        ? Promise.resolve()
        : Promise.reject(Object.assign(new Error(code), { code }));
    };
    const ended: number[] = [];
    let last: number | undefined;
    for (const block of [1000, 1299, 1300]) {
      last = await careForState({ store: { pruneAndBackUp }, log }, { block }, last);
      ended.push(last);
    }
    return { times, warnings, ended };
  }

  test('comes with the first round, and once an hour', async () => {
    expect(await cared()).toEqual({ times: 2, warnings: [], ended: [1000, 1000, 1300] });
  });

  test('is tried again later when the disk has no room, with a warning', async () => {
    const { times, warnings } = await cared('SQLITE_FULL');
    expect([times, warnings.length]).toEqual([2, 2]);
  });

  test('does not go on with a damaged state', () =>
    expect(cared('SQLITE_CORRUPT')).rejects.toMatchObject({ code: 'SQLITE_CORRUPT' }));
});
