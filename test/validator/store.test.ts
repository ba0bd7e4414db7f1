import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Digest, Hotkey, RepoId, Revision, Uid } from '../../src/common/index.js';
import type { Claim } from '../../src/validator/copies.js';
import { leaderboard } from '../../src/validator/leaderboard.js';
import type { Entry } from '../../src/validator/model-identity.js';
import type { RoundReport, RoundResult } from '../../src/validator/report.js';
import { type FinishedRound, Store } from '../../src/validator/store.js';
import { GRAYSCALE_SPEC } from '../support/grayscale-model.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const a = { hotkey: 'a' as Hotkey, registrationBlock: 5 };
const b = { hotkey: 'b' as Hotkey, registrationBlock: 6 };

const entry: Entry = {
  repo: 'a/model' as RepoId,
  revision: 'r1' as Revision,
  digest: 'd' as Digest,
  commitBlock: 3,
  modelId: 'm',
  weightsSha256: 'w',
  tensorDigest: 't',
  spec: GRAYSCALE_SPEC,
};

const sample = {
  digest: 's',
  dataDigest: 'data',
  block: 9,
  blockHash: '0x09',
  indices: Uint32Array.of(1, 5, 70_000),
};

function result(hotkey: Hotkey, uid: number, score: number, loss?: number): RoundResult {
  return {
    hotkey,
    uid: uid as Uid,
    registrationBlock: 5,
    previousScore: 0,
    score,
    outcome: loss === undefined ? 'refused' : 'valid',
    ...(loss === undefined ? { code: 'NO_COMMITMENT' } : { loss }),
  };
}

function round(block: number, over: Partial<FinishedRound> = {}, results: RoundResult[] = []): FinishedRound {
  const report: RoundReport = {
    version: 2,
    netuid: 31,
    validator: 'v' as Hotkey,
    block,
    blockHash: '0x00',
    chainBlock: block,
    finishedAt: '2026-01-01T00:00:00.000Z',
    rules: {
      evaluationImages: 4,
      movingAverageAlpha: 0.8,
      tieMargin: 0.002,
      leastDifference: 1e-5,
      missChance: 0.001,
      payout: 'original',
    },
    samples: [],
    results,
  };
  return { report, neurons: [], claims: [], ...over };
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
      first.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      first.close();
      const second = open();
      expect(second.scores([a, b])).toEqual(new Map([['a', 24]]));
      expect(second.lastReport()?.block).toBe(10);
    }));

  test('a hotkey that registers again starts without a score', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      expect(store.scores([{ ...a, registrationBlock: 99 }]).size).toBe(0);
    }));

  test('a round that fails half-way changes nothing', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      const broken = { ...b, score: null as unknown as number, entry: 'stays' as const };
      expect(() =>
        store.finishRound(round(20, { neurons: [{ ...a, score: 1, entry: 'stays' }, broken] })),
      ).toThrow();
      expect(store.scores([a, b])).toEqual(new Map([['a', 24]]));
      expect(store.lastReport()?.block).toBe(10);
    }));

  test('the same round is not counted twice', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      expect(() =>
        store.finishRound(round(10, { neurons: [{ ...a, score: 28, entry: 'stays' }] })),
      ).toThrow();
      expect(store.scores([a]).get(a.hotkey)).toBe(24);
    }));

  test('the model that earns stays when a round judged none, and goes with a refusal and another registration', () =>
    withStore((_path, open) => {
      const store = open();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry }] }));
      store.finishRound(round(20, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      expect(store.entry(a)).toEqual(entry);
      expect(store.entry({ ...a, registrationBlock: 99 })).toBeUndefined();
      expect(store.entry(b)).toBeUndefined();
      store.finishRound(round(30, { neurons: [{ ...a, score: 5, entry: 'none' }] }));
      expect(store.entry(a)).toBeUndefined();
    }));

  test('claims are remembered, by file and by tensors', () =>
    withStore((_path, open) => {
      const store = open();
      const claim: Claim = { kind: 'tensors', digest: 'w', hotkey: a.hotkey, commitBlock: 3 };
      store.finishRound(round(10, { claims: [claim] }));
      store.close();
      const again = open();
      const asked = [
        { kind: 'tensors' as const, digest: 'w' },
        { kind: 'file' as const, digest: 'w' },
      ];
      expect(again.claims(asked)).toEqual([claim]);
    }));

  test('evaluations are remembered with the loss of each image', () =>
    withStore((_path, open) => {
      const { evaluations } = open();
      evaluations.addSample(sample);
      const key = { modelId: 'm', sample: 's', precision: 'fp32' as const };
      const losses = Float32Array.of(0.1, 0.2, 0.3);
      const outcome = { ok: true as const, loss: 0.1 + 0.2, meanAuroc: null };
      evaluations.record({ ...key, outcome, block: 10, losses, logits: new Float32Array(42).fill(1) });
      const again = open().evaluations;
      expect(again.sample('s')).toEqual(sample);
      expect(again.newestSample('data')?.digest).toBe('s');
      expect(again.newestSample('other data')).toBeUndefined();
      expect(again.of('m', 'data')).toEqual([{ ...key, outcome, block: 10, images: 3 }]);
      expect(again.of('m', 'other data')).toEqual([]);
      expect(again.losses('m', 's')).toEqual(losses);
      expect(again.logits('m', 's')).toHaveLength(42);
      expect(again.losses('m', 's', 'bf16')).toBeUndefined();
    }));

  test('a commitment is known again with its outcome, and a model by the first commitment of it', () =>
    withStore((_path, open) => {
      const { submissions } = open();
      const { repo, revision, digest } = entry;
      const candidate = { ...a, repo, revision, digest, commitBlock: 7 };
      const model = { ok: true as const, ...entry };
      submissions.record(candidate, model, 10);
      const other = { ...candidate, revision: 'r2' as Revision, commitBlock: 5 };
      submissions.record(other, model, 20);
      expect(submissions.find(candidate)).toEqual({ outcome: model, block: 10 });
      expect(submissions.find({ ...candidate, hotkey: b.hotkey })).toBeUndefined();
      expect(submissions.firstCommitBlock(a.hotkey, entry.modelId)).toBe(5);
      expect(submissions.firstCommitBlock(b.hotkey, entry.modelId)).toBeUndefined();
      expect(submissions.newestBlock(a.hotkey)).toBe(20);
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
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      store.close();
      const script = `
        const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve('libsql'))});
        const database = new Database(${JSON.stringify(path)});
        database.exec('PRAGMA cache_size = 1');
        database.exec('BEGIN IMMEDIATE');
        database.exec("UPDATE neurons SET score = 1");
        database.exec("INSERT INTO rounds VALUES (20, '{}')");
        // More than the page cache holds, so that uncommitted pages reach the file's log.
        for (let i = 0; i < 200; i++) database.prepare("INSERT INTO claims VALUES ('file', ?, ?, 1, 1)").run('w' + i, 'x'.repeat(4000));
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
      expect(again.claims([{ kind: 'file', digest: 'w0' }])).toEqual([]);
      again.finishRound(round(20, { neurons: [{ ...a, score: 28, entry: 'stays' }] }));
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
      const claims = Array.from({ length: 500 }, (_, n): Claim => ({
        kind: 'file',
        digest: `weights ${n}`,
        hotkey: a.hotkey,
        commitBlock: n,
      }));
      store.finishRound(round(10, { claims }));
      store.close();
      const file = await open(path, 'r+');
      await file.write(Buffer.alloc(4096, 0xee), 0, 4096, 4096 * 8);
      await file.close();
      expect(open_).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
    }));

  test('the last good copy takes the place of a damaged or lost state, and the damaged file is kept', () =>
    withStore(async (path, open_) => {
      const store = open_();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      await store.pruneAndBackUp(round(10).report);
      store.finishRound(round(20, { neurons: [{ ...a, score: 28, entry: 'stays' }] }));
      await store.pruneAndBackUp(round(20).report);
      store.close();
      await writeFile(path, 'this is no database, and it is longer than the header of one'.repeat(100));
      const restored = open_();
      expect(restored.scores([a]).get(a.hotkey)).toBe(28);
      expect(restored.lastReport()?.block).toBe(20);
      expect(await readFile(restored.damaged as string, 'utf8')).toContain('no database');
      restored.close();
      await rm(path);
      expect(open_().scores([a]).get(a.hotkey)).toBe(28);
    }));

  test('an empty file beside a good copy is a lost state, not a fresh start', () =>
    withStore(async (path, open_) => {
      const store = open_();
      store.finishRound(round(10, { neurons: [{ ...a, score: 24, entry: 'stays' }] }));
      await store.pruneAndBackUp(round(10).report);
      store.close();
      await writeFile(path, '');
      const restored = open_();
      expect(restored.scores([a]).get(a.hotkey)).toBe(24);
      expect(restored.damaged).toBeDefined();
    }));

  test('a state that only cannot be read now is left alone, also where there is a good copy', () =>
    withStore(async (path, open_) => {
      const store = open_();
      await store.pruneAndBackUp(round(10).report);
      store.finishRound(round(20, { neurons: [{ ...a, score: 28, entry: 'stays' }] }));
      store.close();
      const bytes = await readFile(path);
      await rm(`${path}-wal`, { force: true });
      await mkdir(`${path}-wal`); // SQLite cannot open its log
      expect(open_).toThrow(
        expect.objectContaining({ code: 'STATE_UNREADABLE', remedy: expect.stringContaining('disk') }),
      );
      expect(await readFile(path)).toEqual(bytes);
      await rm(`${path}-wal`, { recursive: true });
      expect(open_().scores([a]).get(a.hotkey)).toBe(28);
    }));

  test('a copy that cannot be written is an error, and the one before stays', () =>
    withStore(async (path, open_) => {
      const store = open_();
      await store.pruneAndBackUp(round(10).report);
      const copy = await readFile(`${path}.good`);
      await mkdir(`${path}.good.part`);
      store.finishRound(round(20));
      await expect(store.pruneAndBackUp(round(20).report)).rejects.toThrow();
      expect(await readFile(`${path}.good`)).toEqual(copy);
    }));

  test('a state that is damaged while it is used does not replace its good copy, and the error says so', () =>
    withStore(async (path, open_) => {
      const first = open_();
      const claims = Array.from({ length: 500 }, (_, n): Claim => {
        return { kind: 'file', digest: `weights ${n}`, hotkey: a.hotkey, commitBlock: n };
      });
      first.finishRound(round(10, { claims }));
      await first.pruneAndBackUp(round(10).report);
      first.close();
      const store = open_();
      const copy = await readFile(`${path}.good`);
      const file = await open(path, 'r+');
      await file.write(Buffer.alloc(8 * 4096, 0xee), 0, 8 * 4096, 4096 * 4);
      await file.close();
      await expect(store.pruneAndBackUp(round(20).report)).rejects.toMatchObject({
        code: expect.stringMatching(/^SQLITE_CORRUPT/),
        message: expect.stringContaining('malformed'),
      });
      expect(await readFile(`${path}.good`)).toEqual(copy);
    }));

  test('the newest thirty reports can be had again', () =>
    withStore((_path, open) => {
      const store = open();
      for (const block of [10, 20, 30]) store.finishRound(round(block));
      expect(store.reportsAfter(10).map(({ block }) => block)).toEqual([20, 30]);
      for (let block = 1000; block < 1030; block++) store.finishRound(round(block));
      expect(store.reportsAfter(-1).map(({ block }) => block)).toEqual(
        Array.from({ length: 30 }, (_, n) => 1000 + n),
      );
    }));

  test('a damaged copy does not take the place of anything', () =>
    withStore(async (path, open_) => {
      const store = open_();
      await store.pruneAndBackUp(round(10).report);
      store.close();
      const rubbish = 'this is no database, and it is longer than the header of one'.repeat(100);
      await writeFile(path, rubbish);
      await writeFile(`${path}.good`, rubbish);
      expect(open_).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
      expect(await readFile(path, 'utf8')).toBe(rubbish);
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
