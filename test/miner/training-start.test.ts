import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Log, type ModelSpec, type RepoId } from '../../src/common/index.js';
import { modelSpec } from '../../src/engine/index.js';
import { Hub, modelConfig } from '../../src/hub/index.js';
import { type LocalHub, startLocalHub } from '../../src/localnet/index.js';
import type { PretrainedSource } from '../../src/miner/pretrained-source.js';
import { describeStart, trainingStart } from '../../src/miner/training-start.js';
import { publishPretrained, SMALL_WEIGHTS, timmConfig } from '../support/pretrained-repository.js';

const TOKENS = { timm: 'hf_timmtoken1234', somebody: 'hf_somebodytoken' };
const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const mobile = modelSpec('mobile', { imageSize: 64 });
let server: LocalHub;
let hub: Hub;
let folder: string;
let lines: string[];
const dead = new Hub({ endpoint: 'http://127.0.0.1:9', limits: { attempts: 1 } });

beforeAll(async () => {
  server = await startLocalHub({
    port: 0,
    tokens: Object.entries(TOKENS).map(([user, token]) => ({ token, user, role: 'write' as const })),
  });
  hub = new Hub({ endpoint: server.url });
  await publish('timm', 'mobilenetv1_100.ra4_e3600_r224_in1k', timmConfig('mobilenetv1_100'));
});
afterAll(async () => {
  await hub.close();
  await dead.close();
  await server.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function publish(
  owner: keyof typeof TOKENS,
  name: string,
  config: string | Uint8Array,
  weights = SMALL_WEIGHTS,
) {
  const repo = `${owner}/${name}` as RepoId;
  return publishPretrained({ endpoint: server.url, token: TOKENS[owner], repo }, { config, weights });
}

function startOf(source: PretrainedSource, o: { spec?: ModelSpec; hub?: Hub; hasCheckpoint?: boolean } = {}) {
  return trainingStart({
    spec: o.spec ?? mobile,
    source,
    file: join(folder, 'start.json'),
    hasCheckpoint: o.hasCheckpoint ?? false,
    hub: o.hub ?? hub,
    cacheDirectory: join(folder, 'cache'),
    log: new Log({ level: 'INFO', write: (line) => lines.push(line) }),
  });
}

const IMAGENET: PretrainedSource = { kind: 'imagenet', explicit: true };

describe('a training starts from', () => {
  test("timm's ImageNet weights, with their normalisation", async () => {
    const start = await startOf(IMAGENET);
    expect(start.spec).toEqual({ ...mobile, ...NORMALISATION });
    expect(await readFile(String(start.record.pretrained?.file))).toEqual(SMALL_WEIGHTS);
    expect(describeStart(start.record)).toMatchObject({
      repo: 'timm/mobilenetv1_100.ra4_e3600_r224_in1k',
      licence: 'apache-2.0',
      attribution: expect.stringContaining('timm'),
    });
  });

  test('a published model of this project, with its normalisation', async () => {
    const theirs = { ...mobile, imageSize: 96, mean: [0.4, 0.4, 0.4] };
    const revision = await publish('somebody', 'model', modelConfig(theirs, {}));
    const start = await startOf({ kind: 'repo', repo: 'somebody/model' as RepoId, revision });
    expect(start.spec).toEqual({ ...mobile, mean: theirs.mean });
    expect(describeStart(start.record)).toMatchObject({ repo: 'somebody/model', revision });
    expect(describeStart(start.record).licence).toBeUndefined();
  });

  test('a folder, whose path it does not tell', async () => {
    await writeFile(join(folder, 'config.json'), timmConfig('mobilenetv1_100'));
    await writeFile(join(folder, 'model.safetensors'), SMALL_WEIGHTS);
    const start = await startOf({ kind: 'folder', path: folder }, { hub: dead });
    expect(start.record.pretrained?.file).toBe(join(folder, 'model.safetensors'));
    expect(start.spec).toMatchObject(NORMALISATION);
    expect(JSON.stringify(describeStart(start.record))).not.toContain(folder);
  });

  test('random weights when told so, or when there are none for the architecture', async () => {
    const cnn = modelSpec('cnn', { imageSize: 64 });
    expect(await startOf({ kind: 'none' }, { hub: dead })).toMatchObject({ spec: mobile });
    const start = await startOf({ kind: 'imagenet', explicit: false }, { spec: cnn, hub: dead });
    expect([start.spec, start.record.pretrained]).toEqual([cnn, undefined]);
    expect(lines.join()).toContain('no ImageNet weights for cnn: it trains from scratch');
    await expect(startOf(IMAGENET, { spec: cnn })).rejects.toMatchObject({
      code: 'PRETRAINED_UNAVAILABLE',
      remedy: expect.stringContaining('--pretrained none'),
    });
  });
});

describe('a start that cannot be', () => {
  test('with a variant that has no ImageNet weights names those that have', async () => {
    const narrow = modelSpec('mobile', { options: { width: 0.5 } });
    await expect(startOf({ kind: 'imagenet', explicit: false }, { spec: narrow })).rejects.toMatchObject({
      code: 'PRETRAINED_UNAVAILABLE',
      message: expect.stringContaining('mobilenetv1_100'),
    });
  });

  test('from weights of another network names both, before they are downloaded', async () => {
    await publish('somebody', 'resnet', timmConfig('resnet50'));
    await expect(startOf({ kind: 'repo', repo: 'somebody/resnet' as RepoId })).rejects.toMatchObject({
      code: 'PRETRAINED_MISMATCH',
      message: expect.stringMatching(/resnet50.*mobile/),
    });
  });

  test('for want of a hub names the way without', async () => {
    await expect(startOf(IMAGENET, { hub: dead })).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      remedy: expect.stringContaining('--pretrained none'),
    });
  });

  test('from a folder without weights says what is expected', async () => {
    await writeFile(join(folder, 'config.json'), timmConfig('mobilenetv1_100'));
    await expect(startOf({ kind: 'folder', path: folder })).rejects.toMatchObject({
      code: 'PRETRAINED_UNAVAILABLE',
      remedy: expect.stringContaining('model.safetensors'),
    });
  });

  test('from a damaged record names --restart', async () => {
    await writeFile(join(folder, 'start.json'), '{');
    await expect(startOf({ kind: 'none' })).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      remedy: expect.stringContaining('--restart'),
    });
  });
});

describe('a restart', () => {
  test('before the first checkpoint takes the same revision again, without the hub', async () => {
    const first = await startOf(IMAGENET);
    expect(await startOf(IMAGENET, { hub: dead })).toEqual(first);
  });

  test('from a checkpoint fetches nothing and keeps the normalisation', async () => {
    const { spec, record } = await startOf(IMAGENET);
    await rm(join(folder, 'cache'), { recursive: true });
    expect(await startOf(IMAGENET, { hub: dead, hasCheckpoint: true })).toEqual({ spec, record });
    expect(lines.filter((line) => line.includes('WARNING'))).toEqual([]);
  });

  test('from a checkpoint with another source says that it does not count', async () => {
    await startOf({ kind: 'none' });
    const start = await startOf(IMAGENET, { hub: dead, hasCheckpoint: true });
    expect(start.spec).toEqual(mobile);
    expect(lines.join()).toContain('began with --pretrained none; imagenet would count after --restart');
  });
});
