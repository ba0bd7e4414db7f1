import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Hotkey, Uid } from '../../src/common/index.js';
import { leaderboard } from '../../src/validator/leaderboard.js';
import type { RoundReport, RoundResult } from '../../src/validator/report.js';
import { type FinishedRound, Store } from '../../src/validator/store.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const a = { hotkey: 'a' as Hotkey, registrationBlock: 5 };
const b = { hotkey: 'b' as Hotkey, registrationBlock: 6 };

function result(hotkey: Hotkey, uid: number, score: number, loss?: number): RoundResult {
  return {
    hotkey,
    uid: uid as Uid,
    registrationBlock: 5,
    score,
    outcome: loss === undefined ? 'refused' : 'valid',
    ...(loss === undefined ? { code: 'NO_COMMITMENT' } : { loss }),
  };
}

function round(block: number, over: Partial<FinishedRound> = {}, results: RoundResult[] = []): FinishedRound {
  const report: RoundReport = {
    version: 1,
    netuid: 31,
    validator: 'v' as Hotkey,
    block,
    blockHash: '0x00',
    chainBlock: block,
    finishedAt: '2026-01-01T00:00:00.000Z',
    dataDigest: 'data',
    results,
  };
  return { report, neurons: [], claims: new Map(), ...over };
}

async function withStore(body: (path: string, open: () => Store) => Promise<void> | void): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const stores: Store[] = [];
    const path = join(folder, 'state.sqlite');
    try {
      await body(path, () => {
        const store = new Store(path);
        stores.push(store);
        return store;
      });
    } finally {
      for (const store of stores) store.close();
    }
  });
}

describe('the store', () => {
  test('scores survive a restart', () =>
    withStore((_path, open) => {
      const first = open();
      first.finishRound(round(10, { neurons: [{ ...a, score: 24 }] }));
      first.close();
      const second = open();
      expect(second.scores([a, b])).toEqual(new Map([['a', 24]]));
      expect(second.lastReport()?.block).toBe(10);
    }));

  test('a hotkey that registers again starts without a score', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24 }] }));
      expect(store.scores([{ ...a, registrationBlock: 99 }]).size).toBe(0);
    }));

  test('a round that fails half-way changes nothing', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24 }] }));
      const broken = { ...b, score: null as unknown as number };
      expect(() => store.finishRound(round(20, { neurons: [{ ...a, score: 1 }, broken] }))).toThrow();
      expect(store.scores([a, b])).toEqual(new Map([['a', 24]]));
      expect(store.lastReport()?.block).toBe(10);
    }));

  test('the same round is not counted twice', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24 }] }));
      expect(() => store.finishRound(round(10, { neurons: [{ ...a, score: 28 }] }))).toThrow();
      expect(store.scores([a]).get(a.hotkey)).toBe(24);
    }));

  test('the last loss stays when a round did not judge the model, and belongs to its data', () =>
    withStore((_path, open) => {
      const store = open();
      const place = { loss: 0.25, commitBlock: 7 };
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, place }] }));
      store.finishRound(round(20, { neurons: [{ ...a, score: 24 }] }));
      expect(store.lastPlace(a, 'data')).toEqual(place);
      expect(store.lastPlace(a, 'other data')).toBeUndefined();
      expect(store.lastPlace(b, 'data')).toBeUndefined();
    }));

  test('claims and evaluations are remembered', () =>
    withStore((_path, open) => {
      const store = open();
      const key = { weightsSha256: 'w', specSha256: 's', sampleSha256: 'i' };
      store.recordEvaluation(key, { ok: true, loss: 0.1 + 0.2, meanAuroc: null }, 10);
      store.finishRound(round(10, { claims: new Map([['w', { hotkey: a.hotkey, commitBlock: 3 }]]) }));
      store.close();
      const again = open();
      expect(again.evaluation(key)).toEqual({ ok: true, loss: 0.1 + 0.2, meanAuroc: null });
      expect(again.evaluation({ ...key, sampleSha256: 'j' })).toBeUndefined();
      expect(again.claims(['w', 'x'])).toEqual(new Map([['w', { hotkey: 'a', commitBlock: 3 }]]));
    }));

  test('weight settings are a journal, newest first', () =>
    withStore((_path, open) => {
      const store = open();
      store.recordWeightSetting({ block: 1, ok: false, detail: { name: 'SettingWeightsTooFast' } });
      store.recordWeightSetting({ block: 2, ok: true, detail: {} });
      expect(store.weightSettings(5).map(({ block, ok }) => [block, ok])).toEqual([
        [2, true],
        [1, false],
      ]);
    }));

  test('kill -9 in the middle of a transaction leaves the previous round', () =>
    withStore(async (path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24 }] }));
      store.close();
      const script = `
        const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve('libsql'))});
        const database = new Database(${JSON.stringify(path)});
        database.exec('PRAGMA cache_size = 1');
        database.exec('BEGIN IMMEDIATE');
        database.exec("UPDATE neurons SET score = 1");
        database.exec("INSERT INTO rounds VALUES (20, '{}')");
        // More than the page cache holds, so that uncommitted pages reach the file's log.
        for (let i = 0; i < 200; i++) database.prepare('INSERT INTO first_seen VALUES (?, ?, 1, 1)').run('w' + i, 'x'.repeat(4000));
        process.stdout.write('in the middle');
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      const [said] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
      expect(String(said)).toBe('in the middle');
      child.kill('SIGKILL');
      await ended;
      const again = open();
      expect(again.scores([a]).get(a.hotkey)).toBe(24);
      expect(again.lastReport()?.block).toBe(10);
      expect(again.claims(['w0']).size).toBe(0);
      again.finishRound(round(20, { neurons: [{ ...a, score: 28 }] }));
      expect(again.scores([a]).get(a.hotkey)).toBe(28);
    }));

  test('a damaged file is an error that says so, not a fresh start', () =>
    withStore(async (path, open) => {
      await writeFile(path, 'this is no database, and it is longer than the header of one'.repeat(100));
      expect(open).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
    }));

  test('a page that was overwritten is noticed at the start', () =>
    withStore(async (path, open_) => {
      const store = open_();
      const claims = new Map(
        Array.from(
          { length: 500 },
          (_, n) => [`weights ${n}`, { hotkey: a.hotkey, commitBlock: n }] as const,
        ),
      );
      store.finishRound(round(10, { claims }));
      store.close();
      const file = await open(path, 'r+');
      await file.write(Buffer.alloc(4096, 0xee), 0, 4096, 4096 * 8);
      await file.close();
      expect(open_).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
    }));

  test('a file in a folder that is not there names the file', () =>
    withStore(async (path) => {
      await Promise.resolve();
      expect(() => new Store(join(path, 'no', 'state.sqlite'))).toThrow(
        expect.objectContaining({ code: 'STATE_UNREADABLE' }),
      );
    }));

  test('a file of a newer version is not touched', () =>
    withStore((path, open) => {
      open().close();
      const Database = createRequire(import.meta.url)('libsql') as new (path: string) => {
        exec(sql: string): void;
        close(): void;
      };
      const database = new Database(path);
      database.exec('PRAGMA user_version = 99');
      database.close();
      expect(open).toThrow(expect.objectContaining({ code: 'STATE_TOO_NEW' }));
    }));
});

describe('the leaderboard', () => {
  test('is empty before the first round', () =>
    withStore((_path, open) => {
      expect(leaderboard(open())).toEqual([]);
    }));

  test('lists the newest round by score, with each one’s share', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(
        round(10, {}, [
          result(a.hotkey, 1, 1, 0.3),
          result(b.hotkey, 2, 3, 0.2),
          result('c' as Hotkey, 3, 0),
        ]),
      );
      expect(leaderboard(store).map(({ hotkey, share }) => [hotkey, share])).toEqual([
        ['b', 0.75],
        ['a', 0.25],
        ['c', 0],
      ]);
    }));
});
