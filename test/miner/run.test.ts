import { mkdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { formatCommitment, modelDigest, parseCommitment } from '../../src/chain/index.js';
import { Log, type RepoId, type Revision, silentLog } from '../../src/common/index.js';
import { synthesizeDataset } from '../../src/dataset/index.js';
import { modelSpec, Trainer } from '../../src/engine/index.js';
import { Hub, MODEL_FILES, parseModelConfig } from '../../src/hub/index.js';
import { Outbox } from '../../src/miner/outbox.js';
import type { Destination, Publication, PublicationState } from '../../src/miner/publication.js';
import { readPublications } from '../../src/miner/publication-file.js';
import { Publisher, type PublisherOptions } from '../../src/miner/publisher.js';
import { runMiner } from '../../src/miner/run.js';
import { MINER_DEFAULTS, type MinerSettings } from '../../src/miner/settings.js';
import { minerStateFiles } from '../../src/miner/state-directory.js';
import { publishPretrained, timmConfig } from '../support/pretrained-repository.js';
import { smallTraining } from '../support/small-training.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

let folder: string;
let net: LocalNet;
let anybody: Hub;
const dead = new Hub({ endpoint: 'http://127.0.0.1:9', token: 'hf_nothing', limits: { attempts: 1 } });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  await synthesizeDataset({ path: join(folder, 'data'), images: 60, seed: 1, size: 64 });
  net = await startLocalNet(folder, {
    names: ['miner', 'second', 'stopper', 'tuner', 'timm', 'stranger', 'team'],
  });
  anybody = new Hub({ endpoint: net.hubUrl });
}, 120_000);

afterAll(async () => {
  await anybody.close();
  await dead.close();
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

function settingsOf(name: string, over: Partial<MinerSettings> = {}): MinerSettings {
  const { location, token } = net.account(name);
  return {
    ...MINER_DEFAULTS,
    netuid: NETUID,
    endpoints: [net.chainUrl],
    wallet: location,
    device: { kind: 'cpu', threads: 1 },
    hub: { endpoint: net.hubUrl, token, repo: `${name}/model` as RepoId },
    dataset: { path: join(folder, 'data'), cacheDirectory: join(folder, 'pixels') },
    spec: modelSpec('mobile', { imageSize: 32, options: { width: 0.25 } }),
    pretrained: { kind: 'none' },
    pretrainedCache: join(folder, 'pretrained'),
    trainingMode: 'fast',
    recipe: { precision: 'fp32' },
    numEpochs: 2,
    seed: 0,
    batchSize: 8,
    saveModelPeriod: 3,
    publishInterval: 0,
    validationFraction: 0.2,
    restart: false,
    stateDirectory: join(folder, `state-${name}`),
    ...over,
  };
}

async function commitmentOf(name: string) {
  const { hotkey } = net.account(name);
  return (await net.chain.commitments(NETUID)).find((one) => one.hotkey === hotkey);
}

/** The newest card and config of a miner, as the outbox keeps them. */
async function publishedBy(name: string): Promise<{ card: string; config: unknown }> {
  const { outbox, publications } = stateOf(name);
  const published = (await readPublications(publications))?.published;
  const read = (path: string) => readFile(join(outbox, String(published?.folder), path), 'utf8');
  return { card: await read(MODEL_FILES.card), config: JSON.parse(await read(MODEL_FILES.config)) };
}

const stateOf = (name: string) => minerStateFiles(join(folder, `state-${name}`));

describe('a miner', () => {
  test('trains, publishes its best model for everybody, and commits exactly that', async () => {
    await runMiner(settingsOf('miner'), { log: silentLog });

    const commitment = await commitmentOf('miner');
    const parsed = parseCommitment(commitment?.text ?? '');
    if (!parsed.ok) throw new Error(parsed.detail);
    const { published, current, queued } = (await readPublications(stateOf('miner').publications)) ?? {};
    expect([current, queued]).toEqual([undefined, undefined]);
    expect(published).toMatchObject({
      stage: 'public',
      revision: parsed.revision,
      commitBlock: commitment?.block,
    });

    await inTemporaryFolder(async (directory) => {
      const fetched = await anybody.fetchVerified({
        type: 'model',
        repo: parsed.repo,
        revision: parsed.revision,
        files: Object.values(MODEL_FILES).map((path) => ({ path, maxBytes: 10_000_000 })),
        directory,
        deadlineMs: 20_000,
      });
      if (!fetched.ok) throw new Error(fetched.detail);
      const weights = fetched.files.find(({ path }) => path === MODEL_FILES.weights);
      expect(modelDigest(String(weights?.sha256), net.account('miner').hotkey)).toBe(parsed.digest);
      const config = parseModelConfig(await readFile(join(directory, MODEL_FILES.config)));
      expect(config).toMatchObject({ ok: true, spec: settingsOf('miner').spec });
      const metrics = JSON.parse(await readFile(join(directory, MODEL_FILES.metrics), 'utf8')) as {
        loss: number;
      };
      expect(metrics.loss).toBe(published?.loss);
      expect(await readFile(join(directory, MODEL_FILES.card), 'utf8')).toContain(String(weights?.sha256));
    });
    // Only the published model's files stay.
    expect(await readdir(stateOf('miner').outbox)).toEqual([published?.folder]);
  });

  test('trains with another process of this machine when told to, and publishes once', async () => {
    const launch: MinerSettings['launch'] = { kind: 'here', processes: 2 };
    await runMiner(settingsOf('team', { launch, numEpochs: 1 }), { log: silentLog });
    const { published } = (await readPublications(stateOf('team').publications)) ?? {};
    expect(published).toMatchObject({ stage: 'public', commitBlock: (await commitmentOf('team'))?.block });
  });

  test('started again with nothing left to do, sends nothing again', async () => {
    const before = await commitmentOf('miner');
    await runMiner(settingsOf('miner'), { log: silentLog });
    expect(await commitmentOf('miner')).toEqual(before);
  });

  test('a restart from scratch moves the earlier state aside', async () => {
    await runMiner(settingsOf('miner', { restart: true, numEpochs: 1 }), { log: silentLog });
    const aside = (await readdir(folder)).find((name) => name.startsWith('state-miner.before-'));
    expect(await readdir(join(folder, String(aside)))).toEqual(
      expect.arrayContaining(['checkpoint', 'history.jsonl', 'outbox', 'publications.json']),
    );
    const history = await readFile(stateOf('miner').history, 'utf8');
    expect(history.trimEnd().split('\n')).toHaveLength(1);
  });

  test('stops at an abort with a checkpoint, and the next run goes on from there', async () => {
    const controller = new AbortController();
    const log = new Log({
      level: 'INFO',
      write: (line) => {
        if (line.includes('| INFO    | Epoch 1 |')) controller.abort();
      },
    });
    await runMiner(settingsOf('stopper', { numEpochs: -1 }), { log, signal: controller.signal });
    const lines: string[] = [];
    const listening = new Log({ level: 'INFO', write: (line) => lines.push(line) });
    await runMiner(settingsOf('stopper', { numEpochs: 2 }), { log: listening });
    expect(lines.join('')).toContain('Going on at epoch 2');
    expect((await readPublications(stateOf('stopper').publications))?.published).toBeDefined();
  });

  test('goes on from a published model, and says so in what it publishes', async () => {
    const repo = 'miner/model' as RepoId;
    const revision = await anybody.head({ repo, type: 'model' });
    const lines: string[] = [];
    const log = new Log({ level: 'INFO', write: (line) => lines.push(line) });
    await runMiner(settingsOf('tuner', { numEpochs: 1, pretrained: { kind: 'repo', repo } }), { log });
    expect(lines.join('')).toContain(`from miner/model@${revision.slice(0, 8)}`);
    const { card, config } = await publishedBy('tuner');
    expect(card).toContain(`https://huggingface.co/miner/model) at revision \`${revision}\``);
    expect(config).toMatchObject({ healthtensor: { training: { start: { repo, revision } } } });
  });

  test("starts from timm's ImageNet weights when not told otherwise, and names their authors", async () => {
    const spec = modelSpec('mobile', { imageSize: 32 });
    await inTemporaryFolder(async (directory) => {
      using model = await Trainer.open({
        ...(await smallTraining(directory, { spec })),
        checkpointPath: join(directory, 'checkpoint'),
      });
      await model.saveWeights(join(directory, 'weights'));
      await publishPretrained(
        {
          endpoint: net.hubUrl,
          token: net.account('timm').token,
          repo: 'timm/mobilenetv1_100.ra4_e3600_r224_in1k' as RepoId,
        },
        { config: timmConfig('mobilenetv1_100'), weights: await readFile(join(directory, 'weights')) },
      );
    });
    await rm(join(folder, 'state-tuner'), { recursive: true });
    const pretrained = MINER_DEFAULTS.pretrained;
    await runMiner(settingsOf('tuner', { spec, pretrained, trainingMode: 'fast' }), { log: silentLog });
    const { card, config } = await publishedBy('tuner');
    expect(card).toMatch(/timm .*licence apache-2\.0/);
    expect(config).toMatchObject({
      healthtensor: {
        mean: [0.485, 0.456, 0.406],
        training: { mode: 'fast', precision: 'fp32', recipe: { values: { backboneRate: 0 } } },
      },
    });
  });

  test('says what is missing before it trains', async () => {
    const start = (over: Partial<MinerSettings>, name = 'second') =>
      runMiner(settingsOf(name, { stateDirectory: join(folder, 'state-errors'), ...over }), {
        log: silentLog,
      });
    const { hub, wallet } = settingsOf('second');
    await expect(start({}, 'stranger')).rejects.toMatchObject({
      code: 'NOT_REGISTERED',
      remedy: expect.stringContaining('healthtensor register --netuid 31 --wallet.name stranger'),
    });
    await expect(start({ wallet: { ...wallet, name: 'nobody' } })).rejects.toMatchObject({
      code: 'WALLET_MISSING',
    });
    await expect(start({ endpoints: ['ws://127.0.0.1:9'] })).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
    await expect(start({ hub: { ...hub, token: undefined } })).rejects.toMatchObject({
      code: 'HUB_TOKEN_MISSING',
    });
    await expect(start({ hub: { ...hub, token: 'hf_nobodystoken' } })).rejects.toMatchObject({
      code: 'HUB_DENIED',
    });
    await expect(start({ hub: { ...hub, token: 'hf_readonlytoken1' } })).rejects.toMatchObject({
      code: 'HUB_TOKEN_READS_ONLY',
    });
    const repo = `second/${'x'.repeat(60)}` as RepoId;
    await expect(start({ hub: { ...hub, repo } })).rejects.toMatchObject({ code: 'COMMITMENT_TOO_LONG' });
    await expect(start({ dataset: { path: join(folder, 'nothing') } })).rejects.toMatchObject({
      code: 'DATASET_MISSING',
    });
  });
});

describe('a publication that was killed', () => {
  const repo = 'second/model' as RepoId;
  let hub: Hub;
  let destination: Destination;
  beforeAll(async () => {
    const { token, hotkey } = net.account('second');
    hub = new Hub({ endpoint: net.hubUrl, token });
    destination = {
      genesisHash: await net.chain.blockHash(0),
      netuid: NETUID,
      hotkey,
      hub: net.hubUrl,
      repo,
    };
  });
  afterAll(() => hub.close());

  /** The first miner's model, as if the second had just saved it. */
  async function saved(): Promise<{ outbox: Outbox; publication: Publication }> {
    const published = (await readPublications(stateOf('miner').publications))?.published;
    if (published === undefined) throw new Error('the first miner has published nothing');
    const { folder: name, epoch, loss, weightsSha256 } = published;
    return {
      outbox: new Outbox(stateOf('miner').outbox),
      publication: { folder: name, epoch, loss, weightsSha256, stage: 'saved' },
    };
  }

  /** A publisher to the second miner's repository; what is special about it is given. */
  function publisherOf(
    o: Pick<PublisherOptions, 'outbox' | 'file' | 'intervalMs'> &
      Partial<Omit<PublisherOptions, 'state'>> & { state: Omit<PublicationState, 'version' | 'destination'> },
  ): Publisher {
    return new Publisher({
      destination,
      hub,
      chain: net.chain,
      signer: net.account('second').wallet.hotkey,
      log: silentLog,
      ...o,
      state: { version: 1, destination, ...o.state },
    });
  }

  /** Publishes what a state holds and returns the state afterwards, as a new process would. */
  async function finish(
    state: Omit<PublicationState, 'version' | 'destination'>,
    over: { hub?: Hub; backoff?: { firstMs: number; longestMs: number } } = {},
  ): Promise<PublicationState> {
    return inTemporaryFolder(async (directory) => {
      const { outbox } = await saved();
      const publisher = publisherOf({
        outbox,
        hub: over.hub ?? hub,
        file: join(directory, 'publications.json'),
        state,
        intervalMs: 0,
        backoff: over.backoff ?? { firstMs: 1, longestMs: 10 },
      });
      try {
        publisher.resume();
        await publisher.drain();
      } finally {
        await publisher.stop(0);
      }
      const onDisk = await readPublications(join(directory, 'publications.json'));
      expect(onDisk).toEqual(JSON.parse(JSON.stringify(publisher.state)));
      return publisher.state;
    });
  }

  test('before, after and between any two steps, ends in one hub commit and one commitment', async () => {
    const { publication } = await saved();
    const { published } = await finish({ current: publication });
    if (published?.stage !== 'public') throw new Error('not published');
    const { revision, commitBlock, ...facts } = published;
    const head = () => hub.head({ repo, type: 'model' });
    expect(await head()).toBe(revision);
    expect((await commitmentOf('second'))?.block).toBe(commitBlock);

    // Killed before the stage reached the disk: what was done is found done.
    const stages: Publication[] = [
      { ...facts, stage: 'saved' },
      { ...facts, stage: 'pushed', revision },
      { ...facts, stage: 'committed', revision, commitBlock },
    ];
    for (const current of stages) {
      await hub.setVisibility(repo, 'private');
      expect((await finish({ current })).published).toEqual(published);
      expect(await head()).toBe(revision);
      expect((await commitmentOf('second'))?.block).toBe(commitBlock);
      expect(await hub.visibility(repo)).toBe('public');
    }
  });

  test('once pushed, is committed as it is, without another push', async () => {
    const { publication } = await saved();
    const current: Publication = { ...publication, stage: 'pushed', revision: 'b'.repeat(40) as Revision };
    const { published } = await finish({ current });
    const digest = modelDigest(publication.weightsSha256, destination.hotkey);
    expect((await commitmentOf('second'))?.text).toBe(
      formatCommitment({ repo, revision: 'b'.repeat(40) as Revision, digest }),
    );
    expect(published?.stage).toBe('public');
  });

  test('leaves the interval between two publications, in which a better model replaces a waiting one', () =>
    inTemporaryFolder(async (directory) => {
      const { outbox, publication } = await saved();
      const lines: string[] = [];
      const log = new Log({ level: 'INFO', write: (line) => void lines.push(line) });
      const publisher = publisherOf({
        outbox,
        log,
        file: join(directory, 'publications.json'),
        state: {},
        intervalMs: 3_600_000,
      });
      const better = (epoch: number) => ({ ...publication, epoch, loss: publication.loss / epoch });
      try {
        await publisher.submit(better(2));
        await new Promise<void>((resolve) => {
          const timer = setInterval(() => {
            if (publisher.state.published === undefined) return;
            clearInterval(timer);
            resolve();
          }, 10);
        });
        await publisher.submit(better(3));
        await publisher.submit(better(4));
        expect(publisher.state).toMatchObject({ published: { epoch: 2 }, queued: { epoch: 4 } });
        // The end of training does not wait.
        await publisher.drain();
        expect(publisher.state).toMatchObject({ published: { epoch: 4 } });
        expect(lines.filter((line) => line.includes('Published epoch 3'))).toEqual([]);
      } finally {
        await publisher.stop(0);
      }
    }));

  test('goes on when its state could not be written for a while', () =>
    inTemporaryFolder(async (directory) => {
      const { outbox, publication } = await saved();
      const later = join(directory, 'later');
      const log = new Log({
        level: 'ERROR',
        write: (line) => {
          if (line.includes('ENOENT')) mkdirSync(later, { recursive: true });
        },
      });
      const publisher = publisherOf({
        outbox,
        log,
        file: join(later, 'publications.json'),
        state: { queued: publication },
        intervalMs: 0,
        backoff: { firstMs: 1, longestMs: 10 },
      });
      try {
        publisher.resume();
        await publisher.drain();
        expect(publisher.state.published?.stage).toBe('public');
      } finally {
        await publisher.stop(0);
      }
    }));

  test('that is stopped in the middle of a push gets the grace to open the repository again', () =>
    inTemporaryFolder(async (directory) => {
      const { outbox, publication } = await saved();
      let letGo: () => void = () => undefined;
      const stopped = new Promise<void>((resolve) => (letGo = resolve));
      let pushing: () => void = () => undefined;
      const pushed = new Promise<void>((resolve) => (pushing = resolve));
      const slow: Pick<Hub, 'ensureModelRepo' | 'publish' | 'setVisibility'> = {
        ensureModelRepo: (...o) => hub.ensureModelRepo(...o),
        setVisibility: (...o) => hub.setVisibility(...o),
        publish: async (request) => {
          pushing();
          await stopped;
          return hub.publish(request);
        },
      };
      const publisher = publisherOf({
        outbox,
        hub: slow,
        file: join(directory, 'publications.json'),
        state: { queued: publication },
        intervalMs: 3_600_000,
      });
      publisher.resume();
      await pushed;
      const end = publisher.stop(20_000);
      letGo();
      await end;
      expect(publisher.state.published?.stage).toBe('public');
      expect(await hub.visibility(repo)).toBe('public');
    }));

  test('does not wait longer because the clock was set back', () =>
    inTemporaryFolder(async (directory) => {
      const { outbox, publication } = await saved();
      const publisher = publisherOf({
        outbox,
        file: join(directory, 'publications.json'),
        state: {},
        intervalMs: 1,
      });
      const epochPublished = (epoch: number) =>
        new Promise<void>((resolve) => {
          const timer = setInterval(() => {
            if (publisher.state.published?.epoch !== epoch) return;
            clearInterval(timer);
            resolve();
          }, 5);
        });
      const clock = jest.spyOn(Date, 'now');
      try {
        await publisher.submit({ ...publication, epoch: 2 });
        await epochPublished(2);
        clock.mockReturnValue(Date.now() - 36_000_000);
        await publisher.submit({ ...publication, epoch: 3 });
        await epochPublished(3);
      } finally {
        clock.mockRestore();
        await publisher.stop(0);
      }
    }));

  test('a hub that is down for a while loses nothing', async () => {
    const { publication } = await saved();
    let calls = 0;
    const flaky = new Hub({
      endpoint: net.hubUrl,
      token: net.account('second').token,
      limits: { attempts: 1 },
      fetch: (input, init) =>
        ++calls <= 3 ? Promise.reject(new TypeError('fetch failed')) : fetch(input, init),
    });
    try {
      const { published } = await finish({ queued: publication }, { hub: flaky });
      expect(published?.stage).toBe('public');
      expect(calls).toBeGreaterThan(3);
    } finally {
      await flaky.close();
    }
  });

  test('a token that the hub refuses ends the wait with that reason', async () => {
    const { publication } = await saved();
    const denied = new Hub({ endpoint: net.hubUrl, token: 'hf_nobodystoken' });
    try {
      await expect(
        finish({ queued: publication }, { hub: denied, backoff: { firstMs: 60_000, longestMs: 60_000 } }),
      ).rejects.toMatchObject({ code: 'HUB_DENIED' });
    } finally {
      await denied.close();
    }
  });
});
