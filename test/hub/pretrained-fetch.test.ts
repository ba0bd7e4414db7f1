import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type RepoId, type Revision, silentLog } from '../../src/common/index.js';
import { Hub, fetchPretrained, type PretrainedConfig, readPretrainedFolder } from '../../src/hub/index.js';
import { type LocalHub, startLocalHub } from '../../src/localnet/index.js';
import { publishPretrained, SMALL_WEIGHTS, timmConfig } from '../support/pretrained-repository.js';

const TOKEN = 'hf_timmtoken1234';
let server: LocalHub;
let hub: Hub;
let cache: string;
/** A hub that is down: whoever asks it fails. */
const dead = new Hub({ endpoint: 'http://127.0.0.1:9', limits: { attempts: 1 } });

beforeAll(async () => {
  server = await startLocalHub({ port: 0, tokens: [{ token: TOKEN, user: 'timm', role: 'write' }] });
  hub = new Hub({ endpoint: server.url });
});
afterAll(async () => {
  await hub.close();
  await dead.close();
  await server.close();
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const publish = (name: string, content: Parameters<typeof publishPretrained>[1]) =>
  publishPretrained({ endpoint: server.url, token: TOKEN, repo: `timm/${name}` as RepoId }, content);

function fetchFrom(
  from: Hub,
  name: string,
  revision?: Revision,
  check: (c: PretrainedConfig) => void = () => {},
) {
  const repo = `timm/${name}` as RepoId;
  return fetchPretrained(from, { repo, revision, cacheDirectory: cache, check, log: silentLog });
}

describe('pretrained weights', () => {
  test('come from the newest commit, verified, and need no hub the next time', async () => {
    const revision = await publish('resnet50.a1_in1k', {
      config: timmConfig('resnet50'),
      weights: SMALL_WEIGHTS,
    });
    const fetched = await fetchFrom(hub, 'resnet50.a1_in1k');
    expect(fetched).toMatchObject({
      revision,
      config: { architecture: 'resnet50', mean: [0.485, 0.456, 0.406] },
    });
    expect(await fetchFrom(dead, 'resnet50.a1_in1k', revision)).toEqual(fetched);
  });

  test('that changed on disk are fetched again', async () => {
    const revision = await publish('damaged', { config: timmConfig('resnet50'), weights: SMALL_WEIGHTS });
    const { weights, weightsSha256 } = await fetchFrom(hub, 'damaged');
    await truncate(weights, SMALL_WEIGHTS.length - 1);
    await expect(fetchFrom(dead, 'damaged', revision)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    expect(await fetchFrom(hub, 'damaged', revision)).toMatchObject({ weightsSha256 });
  });

  test('are not downloaded when their config is refused', async () => {
    const revision = await publish('unfit', { config: timmConfig('resnet50'), weights: SMALL_WEIGHTS });
    const refuse = () => {
      throw new Error('does not fit');
    };
    await expect(fetchFrom(hub, 'unfit', undefined, refuse)).rejects.toThrow('does not fit');
    expect(await readdir(join(cache, 'timm--unfit', revision))).not.toContain('model.safetensors');
  });

  test('asked for by several processes at once are fetched by one', async () => {
    await publish('shared', { config: timmConfig('resnet50'), weights: SMALL_WEIGHTS });
    const all = await Promise.all([1, 2, 3].map(() => fetchFrom(hub, 'shared')));
    expect(new Set(all.map(({ weightsSha256 }) => weightsSha256)).size).toBe(1);
  });

  test('of a hub out of reach: the error names the way without, and what is kept on this machine', async () => {
    const revision = await publish('kept', { config: timmConfig('resnet50'), weights: SMALL_WEIGHTS });
    await expect(fetchFrom(dead, 'kept')).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      remedy: expect.stringMatching(/--pretrained none \(random weights\)\.$/),
    });
    await fetchFrom(hub, 'kept');
    await expect(fetchFrom(dead, 'kept')).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      remedy: expect.stringContaining(`--pretrained timm/kept@${revision}`),
    });
  });

  test.each([
    ['no weights', { config: timmConfig('resnet50') }, 'FILE_MISSING'],
    ['no config', { weights: SMALL_WEIGHTS }, 'FILE_MISSING'],
    ['a config of another kind', { config: '{"model_type":"bert"}', weights: SMALL_WEIGHTS }, 'BAD_CONFIG'],
  ])('of a repository with %s are an error that says so', async (what, content, code) => {
    const name = what.replaceAll(' ', '-');
    await publish(name, content);
    await expect(fetchFrom(hub, name)).rejects.toMatchObject({
      code: 'PRETRAINED_UNAVAILABLE',
      message: expect.stringContaining(code),
      remedy: expect.stringContaining('--pretrained none'),
    });
  });

  test('of a repository that is not there are an error that says so', async () => {
    await expect(fetchFrom(hub, 'nothing')).rejects.toMatchObject({
      code: 'REPO_MISSING',
      remedy: expect.stringContaining('--pretrained none'),
    });
  });
});

describe('a folder with pretrained weights', () => {
  test('is read by its config', async () => {
    await writeFile(join(cache, 'config.json'), timmConfig('vgg16'));
    expect(await readPretrainedFolder(cache)).toMatchObject({
      config: { architecture: 'vgg16' },
      weights: join(cache, 'model.safetensors'),
    });
  });

  test('without a config is an error that says what is expected', async () => {
    await expect(readPretrainedFolder(cache)).rejects.toMatchObject({
      code: 'PRETRAINED_UNAVAILABLE',
      message: expect.stringContaining('config.json and model.safetensors'),
    });
  });
});
