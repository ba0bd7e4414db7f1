import { join } from 'node:path';
import type Database from 'libsql';
import { expect, test } from '@jest/globals';
import type { Digest, Hotkey, RepoId, Revision } from '../../src/common/index.js';
import { openDatabase } from '../../src/validator/database.js';
import { EvaluationStore } from '../../src/validator/evaluation-store.js';
import { FingerprintStore } from '../../src/validator/fingerprint-store.js';
import type { Entry } from '../../src/validator/model-identity.js';
import { MOST_COMMON_SAMPLES, pruneState, unneeded } from '../../src/validator/state-pruning.js';
import { SubmissionStore } from '../../src/validator/submission-store.js';
import { GRAYSCALE_SPEC } from '../support/grayscale-model.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const DATA = 'data';
/** Blocks of two weeks and more. */
const LONG = 200_000;

async function withState(body: (database: Database.Database) => void): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const { database } = openDatabase(join(folder, 'state.sqlite'));
    try {
      await Promise.resolve(body(database));
    } finally {
      database.close();
    }
  });
}

function entryOf(modelId: string): Entry {
  const where = { repo: 'a/model' as RepoId, revision: 'r' as Revision, digest: 'd' as Digest };
  return { ...where, commitBlock: 3, modelId, weightsSha256: 'w', tensorDigest: 't', spec: GRAYSCALE_SPEC };
}

/** A miner whose model, if any, stands. */
function neuron(database: Database.Database, hotkey: string, block: number, modelId?: string): void {
  const entry = modelId === undefined ? null : JSON.stringify(entryOf(modelId));
  database.prepare('INSERT INTO neurons VALUES (?, 1, 1.5, ?, ?)').run(hotkey, block, entry);
}

function evaluate(
  store: EvaluationStore,
  modelId: string,
  sample: string,
  o: { block?: number; data?: string } = {},
): void {
  const { block = 10, data = DATA } = o;
  const indices = Uint32Array.of(1, 2, 3);
  store.addSample({ digest: sample, dataDigest: data, block, blockHash: '0x', indices });
  const outcome = { ok: true as const, loss: 0.2, meanAuroc: null };
  const of = { losses: new Float32Array(3), logits: new Float32Array(42) };
  store.record({ modelId, sample, precision: 'fp32', outcome, block, ...of });
}

const count = (database: Database.Database, table: string): number =>
  (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;

test('logits are forgotten after an hour, losses are not', () =>
  withState((database) => {
    const store = new EvaluationStore(database);
    evaluate(store, 'm', 's');
    pruneState(database, { block: 300, dataDigest: DATA });
    expect(store.logits('m', 's')).toHaveLength(42);
    pruneState(database, { block: 400, dataDigest: DATA });
    expect(store.logits('m', 's')).toBeUndefined();
    expect(store.losses('m', 's')).toHaveLength(3);
  }));

test('the evidence of models that stand stays, also when the newest round judged nobody; that of models that are gone goes', () =>
  withState((database) => {
    const store = new EvaluationStore(database);
    neuron(database, 'a', LONG, 'stands');
    for (const model of ['stands', 'gone']) evaluate(store, model, 's');
    pruneState(database, { block: 400, dataDigest: undefined });
    expect(store.of('gone', DATA)).toHaveLength(1);
    pruneState(database, { block: LONG, dataDigest: undefined });
    expect(store.of('stands', DATA)).toHaveLength(1);
    expect(store.sample('s')).toBeDefined();
    expect(store.of('gone', DATA)).toEqual([]);
  }));

test('evidence on data that have not been used for two weeks goes', () =>
  withState((database) => {
    const store = new EvaluationStore(database);
    neuron(database, 'a', LONG, 'stands');
    evaluate(store, 'stands', 'old', { data: 'older data' });
    evaluate(store, 'stands', 'new', { block: LONG - 10 });
    evaluate(store, 'stands', 'yesterday', { block: LONG - 10, data: 'data of yesterday' });
    pruneState(database, { block: LONG, dataDigest: DATA });
    expect(store.of('stands', 'older data')).toEqual([]);
    expect(store.sample('old')).toBeUndefined();
    expect(store.of('stands', DATA)).toHaveLength(1);
    expect(store.of('stands', 'data of yesterday')).toHaveLength(1);
  }));

test('a model that has met every newcomer keeps what it has in common with those that stand, and no more', () =>
  withState((database) => {
    const store = new EvaluationStore(database);
    neuron(database, 'a', 10, 'best');
    neuron(database, 'b', 10, 'second');
    for (let n = 0; n < 100; n++) {
      const sample = `s${String(n).padStart(3, '0')}`;
      evaluate(store, 'best', sample, { block: n });
      evaluate(store, n === 70 ? 'second' : `newcomer ${n}`, sample, { block: n });
    }
    pruneState(database, { block: 100, dataDigest: DATA });
    const kept = store.of('best', DATA).map(({ sample }) => sample);
    expect(kept).toHaveLength(MOST_COMMON_SAMPLES + 1);
    expect(kept).toContain('s070');
    expect(store.of('second', DATA)).toHaveLength(1);
    pruneState(database, { block: 100, dataDigest: DATA });
    expect(store.of('best', DATA)).toHaveLength(kept.length);
  }));

test('what two models have in common is cut at its oldest samples, so that later looks see the same', () => {
  const rows = Array.from({ length: 40 }, (_, n) =>
    ['a', 'b'].map((model) => ({ model, sample: `s${n}` })),
  ).flat();
  const left = (all: typeof rows) => {
    const gone = new Set(unneeded(all));
    return all.filter((row) => !gone.has(row));
  };
  const first = left(rows.slice(0, 60));
  expect(first.map(({ sample }) => sample)).toEqual(rows.slice(0, 32).map(({ sample }) => sample));
  expect(left([...first, ...rows.slice(60)])).toEqual(first);
});

test('registrations that are gone for two weeks go with their scores, those that are here stay', () =>
  withState((database) => {
    neuron(database, 'here', LONG);
    neuron(database, 'gone', 10);
    pruneState(database, { block: LONG, dataDigest: DATA });
    expect(database.prepare('SELECT hotkey, score FROM neurons').all()).toEqual([
      { hotkey: 'here', score: 1.5 },
    ]);
  }));

test('refused commitments go after a day, others after two weeks unless the model stands or is known by its answers', () =>
  withState((database) => {
    const submissions = new SubmissionStore(database);
    const commit = (revision: string, model: string | undefined): void => {
      const { repo, digest, commitBlock, ...identity } = entryOf(model ?? '');
      const candidate = { hotkey: 'a' as Hotkey, repo, digest, commitBlock, revision: revision as Revision };
      submissions.record(
        candidate,
        model === undefined ? { ok: false, code: 'BAD_CONFIG', detail: '' } : { ok: true, ...identity },
        10,
      );
    };
    neuron(database, 'a', LONG, 'stands');
    commit('refused', undefined);
    for (const model of ['stands', 'gone', 'printed']) commit(model, model);
    new FingerprintStore(database).add('printed', DATA, {
      logits: new Float32Array(14),
      loss: 0.2,
      block: 10,
    });
    pruneState(database, { block: 7_000, dataDigest: DATA });
    expect(count(database, 'submissions')).toBe(4);
    pruneState(database, { block: 8_000, dataDigest: DATA });
    expect(count(database, 'submissions')).toBe(3);
    pruneState(database, { block: LONG, dataDigest: DATA });
    expect(database.prepare('SELECT revision FROM submissions ORDER BY 1').all()).toEqual([
      { revision: 'printed' },
      { revision: 'stands' },
    ]);
  }));

test('a thousand weight settings are remembered', () =>
  withState((database) => {
    const insert = database.prepare("INSERT INTO weight_settings (block, ok, detail) VALUES (?, 1, '{}')");
    database.transaction(() => {
      for (let block = 0; block < 1010; block++) insert.run(block);
    })();
    pruneState(database, { block: 20_000, dataDigest: DATA });
    expect(database.prepare('SELECT min(block) AS first FROM weight_settings').get()).toMatchObject({
      first: 10,
    });
    expect(count(database, 'weight_settings')).toBe(1000);
  }));

test('fingerprints are kept while a model stands, for a day, and longer of the best there were', () =>
  withState((database) => {
    const fingerprints = new FingerprintStore(database);
    const add = (modelId: string, loss: number, o: { block?: number; data?: string } = {}) =>
      fingerprints.add(modelId, o.data ?? DATA, { logits: new Float32Array(14), loss, block: o.block ?? 10 });
    neuron(database, 'a', LONG, 'standing');
    add('standing', 0.9);
    add('new', 0.9, { block: LONG });
    add('poor', 0.9);
    add('of old data', 0.1, { data: 'old' });
    database.transaction(() => {
      for (let good = 0; good < 4000; good++) add(`good ${good}`, 0.15);
    })();
    pruneState(database, { block: LONG, dataDigest: DATA });
    const has = (modelId: string) => fingerprints.has(modelId, DATA);
    expect(['standing', 'new', 'poor', 'good 0', 'good 3999'].map(has)).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(fingerprints.has('of old data', 'old')).toBe(false);
  }));
