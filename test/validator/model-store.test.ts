import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addressOf } from '../../src/chain/index.js';
import {
  HealthTensorError,
  type Hotkey,
  reject,
  type RepoId,
  type Revision,
  sha256File,
  silentLog,
} from '../../src/common/index.js';
import { modelSpec } from '../../src/engine/index.js';
import { Hub, HubUnreachable, MODEL_FILES, modelConfig } from '../../src/hub/index.js';
import { type LocalHub, startLocalHub } from '../../src/localnet/index.js';
import { fetchModels } from '../../src/validator/fetching.js';
import { Grace } from '../../src/validator/grace.js';
import type { ModelStore, ModelStoreSettings } from '../../src/validator/model-store.js';
import { Patience, PATIENCE_MS } from '../../src/validator/patience.js';
import { revisionKey } from '../../src/validator/revision-records.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { digestOf, openModels, publishModel, SPEC, trainedWeights } from './published-model.js';

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

/** The hub as anybody sees it, with what it was asked for. */
function watchedHub() {
  const asked: string[] = [];
  const hub: ModelStoreSettings['hub'] = {
    lookUp: (request) => (asked.push('look'), anybody.lookUp(request)),
    fetchHead: (request) => (asked.push(`head of ${request.remote.path}`), anybody.fetchHead(request)),
    fetchFile: (request) => (asked.push(request.remote.path), anybody.fetchFile(request)),
  };
  return { hub, asked };
}

const unused: ModelStoreSettings['hub'] = {
  lookUp: () => Promise.reject(new Error('the hub was asked')),
  fetchHead: () => Promise.reject(new Error('the hub was asked')),
  fetchFile: () => Promise.reject(new Error('the hub was asked')),
};

/** A published model of its own, and its candidate. */
async function candidateOf(folder: string, o: { seed?: number; in?: RepoId; config?: Uint8Array } = {}) {
  const weights = await trainedWeights(folder, { seed: o.seed ?? 1, epochs: 0 });
  const where = o.in ?? repo;
  const config = o.config === undefined ? {} : { config: o.config };
  const revision = await publishModel(miner, { repo: where, weights, ...config });
  return { weights, candidate: { hotkey, repo: where, revision, digest: await digestOf(weights, hotkey) } };
}

describe('the store of fetched models', () => {
  test('fetches a model whose weights carry the committed digest: config, head, weights', () =>
    inTemporaryFolder(async (folder) => {
      const { weights, candidate } = await candidateOf(folder);
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      const model = await models.fetch(candidate, limits);
      expect(model).toMatchObject({ ok: true, spec: SPEC, weightsSha256: await sha256File(weights) });
      if (!model.ok) throw new Error('unreachable');
      expect(await sha256File(model.weightsPath)).toBe(await sha256File(weights));
      expect(asked).toEqual(['look', 'config.json', 'head of model.safetensors', 'model.safetensors']);
    }));

  test('refuses the same file under a hotkey that has not committed it, by its listing', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      expect(await models.fetch({ ...candidate, hotkey: stranger }, limits)).toMatchObject({
        ok: false,
        code: 'HASH_MISMATCH',
        evidence: { committedDigest: candidate.digest },
      });
      expect(asked).toEqual(['look']);
    }));

  test('asks for no digest of a model that nobody has committed yet', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const models = await openModels(join(folder, 'models'), anybody);
      const uncommitted = { hotkey: stranger, repo, revision: candidate.revision };
      expect(await models.fetch(uncommitted, limits)).toMatchObject({ ok: true, spec: SPEC });
    }));

  test('needs the hub only once for a revision, also after a restart', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const first = await openModels(join(folder, 'models'), anybody);
      await first.fetch(candidate, limits);
      await first.close();
      const again = await openModels(join(folder, 'models'), unused);
      expect(await again.fetch(candidate, limits)).toMatchObject({ ok: true });
    }));

  test('downloads a content once, however many repositories hold it', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const copies = [];
      for (const name of ['one', 'two', 'three']) {
        copies.push((await candidateOf(folder, { in: `miner/${name}` as RepoId })).candidate);
      }
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      const fetched = await Promise.all([candidate, ...copies].map((one) => models.fetch(one, limits)));
      expect(new Set(fetched.map((one) => one.ok && one.weightsPath)).size).toBe(1);
      expect(asked.filter((what) => what === 'model.safetensors')).toHaveLength(1);
      expect(await readdir(join(folder, 'models', 'blobs'))).toHaveLength(1);
      expect(await readdir(join(folder, 'models', 'incoming'))).toHaveLength(1);
    }));

  test('lets an author and a thief who names the same revision take turns', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      let atWork = 0;
      let together = 0;
      const busy =
        <A, R>(work: (request: A) => Promise<R>) =>
        (request: A) => {
          together = Math.max(together, ++atWork);
          return work(request).finally(() => atWork--);
        };
      const models = await openModels(join(folder, 'models'), {
        lookUp: busy((request) => anybody.lookUp(request)),
        fetchHead: busy((request) => anybody.fetchHead(request)),
        fetchFile: busy((request) => anybody.fetchFile(request)),
      });
      const [thief, author] = await Promise.all([
        models.fetch({ ...candidate, hotkey: stranger }, limits),
        models.fetch(candidate, limits),
      ]);
      expect(thief).toMatchObject({ ok: false, code: 'HASH_MISMATCH' });
      expect(author).toMatchObject({ ok: true });
      expect(together).toBe(1);
    }));

  test('fetches again what is cut short on the disk', () =>
    inTemporaryFolder(async (folder) => {
      const { weights, candidate } = await candidateOf(folder);
      const models = await openModels(join(folder, 'models'), anybody);
      const first = await models.fetch(candidate, limits);
      if (!first.ok) throw new Error(first.detail);
      await truncate(first.weightsPath, 100);
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: true });
      expect(await sha256File(first.weightsPath)).toBe(await sha256File(weights));
    }));

  test('goes on with what a stopped download left, once it is asked for again', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const stopped = await openModels(join(folder, 'models'), {
        lookUp: (request) => anybody.lookUp(request),
        fetchHead: (request) => anybody.fetchHead(request),
        fetchFile: (request) =>
          request.remote.path === MODEL_FILES.config
            ? anybody.fetchFile(request)
            : new Promise((_, fail) => {
                request.signal?.addEventListener('abort', () => fail(request.signal?.reason as Error));
                void stopped.close();
              }),
      });
      await expect(stopped.fetch(candidate, limits)).rejects.toThrow('closed');
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: true });
      expect(asked).toEqual(['head of model.safetensors', 'model.safetensors']);
    }));

  test('believes no head that a power cut has damaged on this disk', () =>
    inTemporaryFolder(async (folder) => {
      const { weights, candidate } = await candidateOf(folder);
      const failing = await openModels(join(folder, 'models'), {
        lookUp: (request) => anybody.lookUp(request),
        fetchHead: () => Promise.reject(new Error('power cut')),
        fetchFile: (request) => anybody.fetchFile(request),
      });
      await expect(failing.fetch(candidate, limits)).rejects.toThrow('power cut');
      await failing.close();
      const incoming = join(folder, 'models', 'incoming', revisionKey(candidate));
      await mkdir(incoming);
      await writeFile(join(incoming, 'model.safetensors.part'), Buffer.alloc(300_000));
      const models = await openModels(join(folder, 'models'), anybody);
      expect(await models.fetch(candidate, limits)).toMatchObject({
        ok: true,
        weightsSha256: await sha256File(weights),
      });
    }));

  test('refuses inputs larger than this validator evaluates, before the weights are asked for', () =>
    inTemporaryFolder(async (folder) => {
      const config = modelConfig({ ...SPEC, imageSize: 96 }, {});
      const { candidate } = await candidateOf(folder, { config });
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      expect(await models.fetch(candidate, limits)).toMatchObject({
        ok: false,
        code: 'BAD_CONFIG',
        evidence: { imageSize: 96, maxImageSize: 64 },
      });
      expect(asked).toEqual(['look', 'config.json']);
    }));

  test('refuses weights of another architecture by their head, and downloads no more of them', () =>
    inTemporaryFolder(async (folder) => {
      const config = modelConfig(modelSpec('cnn', { imageSize: 32 }), {});
      const { candidate } = await candidateOf(folder, { config });
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: false, code: 'TENSOR_MISMATCH' });
      expect(asked).toEqual(['look', 'config.json', 'head of model.safetensors']);
      expect(await readdir(join(folder, 'models', 'incoming'))).toEqual([]);
    }));

  test.each([MODEL_FILES.config, MODEL_FILES.weights])(
    'blames a late %s on its repository only when others were much faster meanwhile',
    (path) =>
      inTemporaryFolder(async (folder) => {
        const { candidate } = await candidateOf(folder);
        const late = reject('DOWNLOAD_TIMED_OUT', 'not complete');
        let meanwhile = () => Promise.resolve();
        const hub: ModelStoreSettings['hub'] = {
          lookUp: (request) => anybody.lookUp(request),
          fetchHead: (request) => anybody.fetchHead(request),
          fetchFile: async (request) => {
            if (request.repo !== repo || request.remote.path !== path) return anybody.fetchFile(request);
            await meanwhile();
            return late;
          },
        };
        const models = await openModels(join(folder, 'models'), hub);
        await expect(models.fetch(candidate, limits)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
        const { candidate: other } = await candidateOf(folder, { seed: 2, in: 'miner/other' as RepoId });
        meanwhile = async () => {
          expect(await models.fetch(other, limits)).toMatchObject({ ok: true });
        };
        expect(await models.fetch(candidate, limits)).toEqual(late);
      }),
  );

  test('gives up, after a day, what the hub fails for alone, and nobody while it fails for all', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const others = [
        await candidateOf(folder, { seed: 2, in: 'miner/other-1' as RepoId }),
        await candidateOf(folder, { seed: 3, in: 'miner/other-2' as RepoId }),
      ];
      let now = 0;
      const { hub } = watchedHub();
      const models = await openModels(
        join(folder, 'models'),
        {
          ...hub,
          fetchHead: (request) =>
            request.repo === repo ? Promise.reject(new HubUnreachable('cut')) : hub.fetchHead(request),
        },
        { patience: new Patience(() => now) },
      );
      const failForADay = async () => {
        for (const end = now + PATIENCE_MS + 1; now <= end; now += 600_000) {
          await expect(models.fetch(candidate, limits)).rejects.toThrow('cut');
        }
      };
      await failForADay();
      for (const other of others) {
        await models.fetch({ ...other.candidate, hotkey: stranger, digest: undefined as never }, limits);
      }
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: false, code: 'DOWNLOAD_TIMED_OUT' });
    }));

  test('tells whoever waits that a download is slow, and joins who asks again', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const { hub, asked } = watchedHub();
      let release = () => undefined as void;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const models = await openModels(
        join(folder, 'models'),
        { ...hub, fetchHead: async (request) => (await released, hub.fetchHead(request)) },
        { lanes: { windowMs: 5 } },
      );
      const fetched: Promise<unknown>[] = [];
      await new Promise<void>((onSlow) => fetched.push(models.fetch(candidate, { ...limits, onSlow })));
      await new Promise<void>((onSlow) => fetched.push(models.fetch(candidate, { ...limits, onSlow })));
      release();
      const [first, second] = await Promise.all(fetched);
      expect(first).toMatchObject({ ok: true });
      expect(second).toBe(first);
      expect(asked.filter((what) => what === 'look')).toHaveLength(1);
    }));

  test('keeps a copier’s slow repository from delaying the same weights of another', () =>
    inTemporaryFolder(async (folder) => {
      const { candidate } = await candidateOf(folder);
      const slow = await candidateOf(folder, { in: 'miner/slow' as RepoId });
      const never = new Promise<never>(() => undefined);
      const { hub } = watchedHub();
      const models = await openModels(
        join(folder, 'models'),
        {
          ...hub,
          fetchHead: (request) => (request.repo === slow.candidate.repo ? never : hub.fetchHead(request)),
        },
        { lanes: { count: 1, windowMs: 50 } },
      );
      void models.fetch(slow.candidate, limits);
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: true });
    }));

  test('forgets the revisions that nobody names any more, but keeps their weights', () =>
    inTemporaryFolder(async (folder) => {
      const { hub, asked } = watchedHub();
      const models = await openModels(join(folder, 'models'), hub);
      const { candidate } = await candidateOf(folder, { seed: 1, in: 'miner/kept-1' as RepoId });
      const { candidate: gone } = await candidateOf(folder, { seed: 2, in: 'miner/kept-2' as RepoId });
      for (const one of [candidate, gone]) await models.fetch(one, limits);
      await models.keepOnly([candidate]);
      asked.length = 0;
      expect(await models.fetch(candidate, limits)).toMatchObject({ ok: true });
      expect(asked).toEqual([]);
      expect(await models.fetch(gone, limits)).toMatchObject({ ok: true });
      expect(asked).toEqual(['look', 'config.json']);
      await models.keepOnly([]);
      expect(await readdir(join(folder, 'models', 'revisions'))).toEqual([]);
    }));

  test('removes what is none of its files from its folder', () =>
    inTemporaryFolder(async (folder) => {
      await mkdir(join(folder, 'models', '0123456789abcdef'), { recursive: true });
      await openModels(join(folder, 'models'), unused);
      expect((await readdir(join(folder, 'models'))).sort()).toEqual(['blobs', 'incoming', 'revisions']);
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
      const models = await openModels(join(folder, 'models'), anybody);
      const missing = candidate({ repo: 'miner/missing' });
      const options = { ...limits, models, grace: new Grace(), openingWaitsMs: [] };
      const [fresh] = await fetchModels([missing], { ...options, block: 101 });
      const reason = expect.stringContaining('any moment') as unknown;
      expect(fresh).toMatchObject({ kind: 'kept', code: 'STILL_OPENING', reason });
      const [late] = await fetchModels([missing], { ...options, block: 500 });
      expect(late).toMatchObject({ kind: 'refused', rejection: { code: 'REPO_UNAVAILABLE' } });
      const dead = new Hub({ endpoint: 'http://127.0.0.1:9', log: silentLog, limits: { attempts: 1 } });
      try {
        const unreachable = await openModels(join(folder, 'models'), dead);
        const unasked = { ...options, grace: new Grace(), models: unreachable };
        const [down] = await fetchModels([missing], { ...unasked, block: 500 });
        expect(down).toMatchObject({ kind: 'kept', code: 'NOT_FETCHED' });
      } finally {
        await dead.close();
      }
    }));

  test('says what to do about a failure that is ours', async () => {
    const full = new HealthTensorError('DISK_FULL', 'No room.', { remedy: 'Free some space.' });
    const models: Pick<ModelStore, 'fetch'> = { fetch: () => Promise.reject(full) };
    const options = { ...limits, models, grace: new Grace(), block: 500 };
    expect(await fetchModels([candidate({ repo: 'miner/model' })], options)).toMatchObject([
      { kind: 'kept', code: 'NOT_FETCHED', reason: 'No room. Free some space.' },
    ]);
  });

  test('asks a repository again that was closed for a moment', () =>
    inTemporaryFolder(async (folder) => {
      const models = await openModels(join(folder, 'models'), anybody);
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
      const { candidate: open } = await candidateOf(folder);
      const fresh = { ...candidate({ repo: open.repo }), ...open };
      expect(await fetchModels([fresh], options)).toMatchObject([{ kind: 'model' }]);
      expect(asked).toBe(2);
    }));

  test('is no longer patient with a closed repository because an older model lies on this disk', () =>
    inTemporaryFolder(async (folder) => {
      const models = await openModels(join(folder, 'models'), anybody);
      const { candidate: older } = await candidateOf(folder);
      await models.fetch(older, limits);
      const options = { ...limits, models, grace: new Grace(), openingWaitsMs: [] };
      const closed = candidate({ repo: 'miner/missing' });
      expect(await fetchModels([closed], { ...options, block: 500 })).toMatchObject([{ kind: 'kept' }]);
      // As when the older model, which stands in meanwhile, is evaluated on other images.
      const standingIn = { ...closed, ...older };
      expect(await fetchModels([standingIn], { ...options, block: 510 })).toMatchObject([{ kind: 'model' }]);
      expect(await fetchModels([closed], { ...options, block: 526 })).toMatchObject([{ kind: 'refused' }]);
    }));

  test('is patient again with a repository that was open meanwhile', () =>
    inTemporaryFolder(async (folder) => {
      const models = await openModels(join(folder, 'models'), anybody);
      const { candidate: open } = await candidateOf(folder);
      const options = { ...limits, models, grace: new Grace(), openingWaitsMs: [] };
      const closed = candidate({ repo: 'miner/missing' });
      await fetchModels([closed], { ...options, block: 500 });
      await fetchModels([{ ...closed, ...open }], { ...options, block: 510 });
      expect(await fetchModels([closed], { ...options, block: 526 })).toMatchObject([{ kind: 'kept' }]);
    }));

  test('asks for what was refused again after a while, not in each round', async () => {
    let asked = 0;
    const models: Pick<ModelStore, 'fetch'> = {
      fetch: () => (asked++, Promise.resolve(reject('FILE_MISSING', 'no config.json'))),
    };
    const options = { ...limits, models, grace: new Grace() };
    const one = candidate({ repo: 'miner/model' });
    for (const block of [500, 510, 524]) {
      expect(await fetchModels([one], { ...options, block })).toMatchObject([{ kind: 'refused' }]);
    }
    expect(asked).toBe(1);
    await fetchModels([one], { ...options, block: 525 });
    expect(asked).toBe(2);
    await fetchModels([{ ...one, digest: 'E'.repeat(43) as never }], { ...options, block: 526 });
    expect(asked).toBe(3);
  });

  test('waits for no slow download; it goes on, and the next round has it', async () => {
    const answers = new Map<string, (verdict: Awaited<ReturnType<ModelStore['fetch']>>) => void>();
    const sound = { ok: true, spec: SPEC, weightsPath: '/weights', weightsSha256: 'a' } as const;
    const models: Pick<ModelStore, 'fetch'> = {
      fetch: ({ repo: name }, { onSlow }) => {
        if (name === 'miner/quick') return Promise.resolve(sound);
        onSlow?.();
        return new Promise((resolve) => answers.set(name, resolve));
      },
    };
    const options = { ...limits, models, grace: new Grace(), block: 500 };
    const both = [candidate({ repo: 'miner/slow' }), candidate({ repo: 'miner/quick' })];
    expect(await fetchModels(both, options)).toMatchObject([
      { kind: 'kept', code: 'STILL_DOWNLOADING' },
      { kind: 'model' },
    ]);
    answers.get('miner/slow')?.(sound);
    const done: Pick<ModelStore, 'fetch'> = { fetch: () => Promise.resolve(sound) };
    expect(await fetchModels(both, { ...options, models: done })).toMatchObject([
      { kind: 'model' },
      { kind: 'model' },
    ]);
  });

  test('ends with the signal’s reason when it is aborted', () =>
    inTemporaryFolder(async (folder) => {
      const models = await openModels(join(folder, 'models'), anybody);
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
