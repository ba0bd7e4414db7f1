import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addressOf } from '../../src/chain/index.js';
import { type Hotkey, type RepoId, type Revision, sha256File, silentLog } from '../../src/common/index.js';
import { Hub, MODEL_FILES, modelConfig } from '../../src/hub/index.js';
import { type LocalHub, startLocalHub } from '../../src/localnet/index.js';
import { fetchModels } from '../../src/validator/fetching.js';
import { Grace } from '../../src/validator/grace.js';
import { ModelStore } from '../../src/validator/model-store.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { digestOf, publishModel, SPEC, trainedWeights } from './published-model.js';

const TOKEN = 'hf_minertoken1234';
const hotkey = addressOf(new Uint8Array(32).fill(1)) as Hotkey;
const stranger = addressOf(new Uint8Array(32).fill(2)) as Hotkey;
const repo = 'miner/model' as RepoId;
const limits = { deadlineMs: 20_000, maxImageSize: 64 };

let server: LocalHub;
let miner: Hub;
let anybody: Hub;

beforeAll(async () => {
  server = await startLocalHub({ port: 0, tokens: [{ token: TOKEN, user: 'miner', role: 'write' }] });
  miner = new Hub({ endpoint: server.url, token: TOKEN });
  anybody = new Hub({ endpoint: server.url });
});
afterAll(async () => {
  await miner.close();
  await anybody.close();
  await server.close();
});

describe('the store of fetched models', () => {
  test('fetches a model whose weights carry the committed digest', () =>
    inTemporaryFolder(async (folder) => {
      const weights = await trainedWeights(folder, { seed: 1, epochs: 1 });
      const revision = await publishModel(miner, { repo, weights });
      const models = new ModelStore(join(folder, 'models'), anybody);
      const digest = await digestOf(weights, hotkey);
      const model = await models.fetch({ hotkey, repo, revision, digest }, limits);
      expect(model).toMatchObject({ ok: true, spec: SPEC });
      if (!model.ok) throw new Error('unreachable');
      expect(await sha256File(model.weightsPath)).toBe(await sha256File(weights));
    }));

  test('refuses the same file under a hotkey that has not committed it', () =>
    inTemporaryFolder(async (folder) => {
      const weights = await trainedWeights(folder, { seed: 1, epochs: 1 });
      const revision = await publishModel(miner, { repo, weights });
      const models = new ModelStore(join(folder, 'models'), anybody);
      const digest = await digestOf(weights, hotkey);
      expect(await models.fetch({ hotkey: stranger, repo, revision, digest }, limits)).toMatchObject({
        ok: false,
        code: 'HASH_MISMATCH',
      });
    }));

  test('needs the hub only once for a revision, also after a restart', () =>
    inTemporaryFolder(async (folder) => {
      const weights = await trainedWeights(folder, { seed: 1, epochs: 1 });
      const revision = await publishModel(miner, { repo, weights });
      const candidate = { hotkey, repo, revision, digest: await digestOf(weights, hotkey) };
      await new ModelStore(join(folder, 'models'), anybody).fetch(candidate, limits);
      const dead = new Hub({ endpoint: 'http://127.0.0.1:9', limits: { attempts: 1 } });
      try {
        const again = await new ModelStore(join(folder, 'models'), dead).fetch(candidate, limits);
        expect(again.ok).toBe(true);
      } finally {
        await dead.close();
      }
    }));

  test('lets an author and a thief who names the same revision take turns, and downloads once', () =>
    inTemporaryFolder(async (folder) => {
      const weights = await trainedWeights(folder, { seed: 1, epochs: 1 });
      const revision = await publishModel(miner, { repo, weights });
      let atWork = 0;
      let together = 0;
      const asked: string[] = [];
      const watched: Pick<Hub, 'fetchVerified'> = {
        fetchVerified: async (request) => {
          together = Math.max(together, ++atWork);
          asked.push(...request.files.map(({ path }) => path));
          return anybody.fetchVerified(request).finally(() => atWork--);
        },
      };
      const models = new ModelStore(join(folder, 'models'), watched);
      const digest = await digestOf(weights, hotkey);
      const [thief, author] = await Promise.all([
        models.fetch({ hotkey: stranger, repo, revision, digest }, limits),
        models.fetch({ hotkey, repo, revision, digest }, limits),
      ]);
      expect(thief).toMatchObject({ ok: false, code: 'HASH_MISMATCH' });
      expect(author).toMatchObject({ ok: true });
      expect(together).toBe(1);
      expect(asked).toEqual([MODEL_FILES.config, MODEL_FILES.weights]);
    }));

  test('fetches again what is cut short on the disk', () =>
    inTemporaryFolder(async (folder) => {
      const weights = await trainedWeights(folder, { seed: 1, epochs: 1 });
      const revision = await publishModel(miner, { repo, weights });
      const candidate = { hotkey, repo, revision, digest: await digestOf(weights, hotkey) };
      const models = new ModelStore(join(folder, 'models'), anybody);
      const first = await models.fetch(candidate, limits);
      if (!first.ok) throw new Error(first.detail);
      await truncate(first.weightsPath, 100);
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: true });
      expect(await sha256File(first.weightsPath)).toBe(await sha256File(weights));
    }));

  test('refuses inputs larger than this validator evaluates, before the weights are fetched', () =>
    inTemporaryFolder(async (folder) => {
      const weights = await trainedWeights(folder, { seed: 1, epochs: 1 });
      const config = modelConfig({ ...SPEC, imageSize: 96 }, {});
      const revision = await publishModel(miner, { repo, weights, config });
      const models = new ModelStore(join(folder, 'models'), anybody);
      const digest = await digestOf(weights, hotkey);
      expect(await models.fetch({ hotkey, repo, revision, digest }, limits)).toMatchObject({
        ok: false,
        code: 'BAD_CONFIG',
      });
      const [fetched] = await readdir(join(folder, 'models'));
      expect(await readdir(join(folder, 'models', String(fetched)))).toEqual([MODEL_FILES.config]);
    }));

  test('keeps the models that are still committed and no other', () =>
    inTemporaryFolder(async (folder) => {
      const models = new ModelStore(join(folder, 'models'), anybody);
      const candidates = await Promise.all(
        [1, 2].map(async (seed) => {
          const weights = await trainedWeights(folder, { seed, epochs: 0 });
          const mine = `miner/kept-${seed}` as RepoId;
          const revision = await publishModel(miner, { repo: mine, weights });
          return { hotkey, repo: mine, revision, digest: await digestOf(weights, hotkey) };
        }),
      );
      for (const candidate of candidates) await models.fetch(candidate, limits);
      expect(await readdir(join(folder, 'models'))).toHaveLength(2);
      await models.keepOnly(candidates.slice(0, 1));
      const dead = new ModelStore(join(folder, 'models'), {
        fetchVerified: () => Promise.reject(new Error('the hub was asked')),
      });
      await expect(dead.fetch(candidates[0] as (typeof candidates)[0], limits)).resolves.toMatchObject({
        ok: true,
      });
      await expect(dead.fetch(candidates[1] as (typeof candidates)[0], limits)).rejects.toThrow(
        'the hub was asked',
      );
      await rm(join(folder, 'models'), { recursive: true });
      await models.keepOnly([]);
    }));
});

describe('fetching for a round', () => {
  const candidate = (over: { repo: string; revision?: Revision; commitBlock?: number }) => ({
    uid: 1 as never,
    hotkey,
    registrationBlock: 1,
    commitBlock: 100,
    digest: 'D'.repeat(43) as never,
    revision: 'a'.repeat(40) as Revision,
    ...over,
    repo: over.repo as RepoId,
  });

  test('tells a missing repository, one that may still be opened, and a hub that is down apart', () =>
    inTemporaryFolder(async (folder) => {
      const models = new ModelStore(join(folder, 'models'), anybody);
      const missing = candidate({ repo: 'miner/missing' });
      const options = { ...limits, models, grace: new Grace(), openingWaitsMs: [] };
      const [late] = await fetchModels([missing], { ...options, block: 500 });
      expect(late).toMatchObject({ kind: 'refused', rejection: { code: 'REPO_UNAVAILABLE' } });
      const [fresh] = await fetchModels([missing], { ...options, block: 101 });
      expect(fresh).toMatchObject({ kind: 'kept', reason: expect.stringContaining('fresh') });
      const dead = new Hub({ endpoint: 'http://127.0.0.1:9', log: silentLog, limits: { attempts: 1 } });
      try {
        const unreachable = new ModelStore(join(folder, 'models'), dead);
        const [down] = await fetchModels([missing], { ...options, models: unreachable, block: 500 });
        expect(down).toMatchObject({ kind: 'kept' });
      } finally {
        await dead.close();
      }
    }));

  test('asks a repository again that was closed for a moment', () =>
    inTemporaryFolder(async (folder) => {
      const models = new ModelStore(join(folder, 'models'), anybody);
      let asked = 0;
      const closedAtFirst: Pick<ModelStore, 'fetch'> = {
        fetch: (one, o) => models.fetch(asked++ === 0 ? { ...one, repo: 'miner/missing' as RepoId } : one, o),
      };
      const options = {
        ...limits,
        models: closedAtFirst,
        grace: new Grace(),
        block: 101,
        openingWaitsMs: [1, 60_000],
      };
      const [later] = await fetchModels([candidate({ repo: 'miner/model' })], options);
      expect(asked).toBe(2);
      expect(later?.kind).not.toBe('kept');
    }));

  test('ends with the signal’s reason when it is aborted', () =>
    inTemporaryFolder(async (folder) => {
      const models = new ModelStore(join(folder, 'models'), anybody);
      const reason = new Error('Ctrl-C');
      const options = {
        ...limits,
        models,
        grace: new Grace(),
        block: 500,
        signal: AbortSignal.abort(reason),
      };
      await expect(fetchModels([candidate({ repo: 'miner/model' })], options)).rejects.toBe(reason);
    }));
});
