import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RepoId, Revision } from '../../src/common/index.js';
import { installedDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { type RoundReport, validatorStateFiles } from '../../src/validator/index.js';
import { publishDataset } from '../dataset/dataset-repository.js';
import { tarGz } from '../dataset/tar-fixture.js';
import { runCommand, type Running, startCommand } from '../support/command.js';
import { type Gate, openGate } from '../support/gate.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { submitModel, trainedWeights } from '../validator/published-model.js';

const REPO = 'owner/validation' as RepoId;
const IMAGES = 40;

let folder: string;
let net: LocalNet;
let gate: Gate;
/** The list of every version, and the pictures of each: the same names and labels. */
let csv: Buffer;
const pictures: Buffer[] = [];
const running = new Set<Running>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-swap-'));
  for (const seed of [1, 2, 3]) {
    const drawn = join(folder, `drawn-${seed}`);
    await synthesizeDataset({ path: drawn, images: IMAGES, seed, size: 64 });
    csv ??= await readFile(join(drawn, 'Data_Entry.csv'));
    const names = csv.toString().match(/^[^,\n]+\.png/gm) ?? [];
    const files = (await readdir(join(drawn, 'images'))).sort();
    const members = names.map(async (path, i) => ({
      path,
      content: await readFile(join(drawn, 'images', String(files[i]))),
    }));
    pictures.push(tarGz(await Promise.all(members)));
  }
  net = await startLocalNet(folder, { names: ['one', 'two'], blockMs: 150 });
  gate = await openGate(net.hubUrl);
  for (const [seed, name] of ['one', 'two'].entries()) {
    await submitModel(net, name, await trainedWeights(folder, { seed, epochs: 1 }));
  }
}, 60_000);

afterAll(async () => {
  for (const one of running) one.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  await gate.close();
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

const publish = async (files: Record<string, Buffer | string>): Promise<Revision> => {
  const hub = { url: net.hubUrl, token: net.account('owner').token };
  return (await publishDataset(hub, files, REPO)).revision;
};

const path = () => join(folder, 'data');
const flags = () => [
  ...['--subtensor.chain_endpoint', net.chainUrl, '--device', 'cpu:1'],
  ...['--dataset.path', path(), '--dataset.cache', join(folder, 'pixels'), '--hub.endpoint', gate.url],
];

/** A validator with a round each four blocks, which asks for a newer data set before each. */
function startValidator(): Running {
  const { location, token } = net.account('owner');
  const one = startCommand(
    [
      ...[
        'validator',
        ...flags(),
        '--netuid',
        String(NETUID),
        '--wallet.path',
        location.path,
        '--wallet.name',
        location.name,
      ],
      ...['--state_dir', join(folder, 'state'), '--neuron.query_time', '4', '--neuron.epoch_length', '4'],
    ],
    { cwd: folder, env: { ACCESS_TOKEN: token, DATASET_LINK: REPO } },
  );
  running.add(one);
  void one.ended.then(() => running.delete(one));
  return one;
}

async function reports(): Promise<RoundReport[]> {
  const text = await readFile(validatorStateFiles(join(folder, 'state')).reports, 'utf8');
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RoundReport);
}

/** The newest report, once there is one that is later than a block. */
async function reportAfter(one: Running, block: number): Promise<RoundReport> {
  const later = new RegExp(
    `Round (?!(?:${Array.from({ length: block + 1 }, (_, i) => i).join('|')}) )\\d+ done`,
  );
  await one.sees(later);
  return (await reports()).at(-1) as RoundReport;
}

const inUse = async () => (await installedDataset({ path: path(), repo: REPO }))?.revision;
const versions = () => readdir(join(folder, 'pixels'));
const beside = async () => (await readdir(folder)).filter((name) => /^data\b/.test(name)).sort();

describe('a running validator whose data set is published anew', () => {
  let validator: Running;
  let last: RoundReport;

  test('goes on with the new version in the round after it, and its losses are of that alone', async () => {
    await publish({ 'Data_Entry.csv': csv, 'images.tar.gz': pictures[0] as Buffer });
    validator = startValidator();
    const first = await reportAfter(validator, 0);
    expect(first.results.filter(({ outcome }) => outcome === 'valid')).toHaveLength(2);
    const second = await publish({ 'images.tar.gz': pictures[1] as Buffer });
    await validator.sees(new RegExp(`data set is now ${REPO} at ${second}`));
    last = await reportAfter(validator, (await reports()).at(-1)?.block ?? 0);
    expect(last.data?.images).toBe(IMAGES);
    expect(last.data?.digest).not.toBe(first.data?.digest);
    expect(last.results.filter(({ outcome }) => outcome === 'valid')).toHaveLength(2);
    expect(await versions()).toHaveLength(1);
  }, 60_000);

  test('keeps the version it has when the next one is broken', async () => {
    await publish({ 'images.tar.gz': tarGz([{ path: '../../a.png', content: 'x' }]) });
    await validator.sees(/data set was not refreshed, the last one stays in use.*climbs out/);
    const after = await reportAfter(validator, (await reports()).at(-1)?.block ?? 0);
    expect(after.data?.digest).toBe(last.data?.digest);
    last = after;
  }, 60_000);

  test('killed while it fetches one, and started without a hub, it goes on with the last good one', async () => {
    const fetching = gate.hold('request', /GET \S*images\.tar\.gz/);
    await publish({ 'images.tar.gz': pictures[2] as Buffer });
    await fetching;
    validator.kill('SIGKILL');
    await validator.ended;
    gate.release();
    expect(await beside()).toEqual(['data', 'data.healthtensor-partial']);
    await gate.close();
    validator = startValidator();
    await validator.sees(/data set was not refreshed, the last one stays in use/);
    const after = await reportAfter(validator, (await reports()).at(-1)?.block ?? 0);
    expect(after.data?.digest).toBe(last.data?.digest);
    validator.kill('SIGKILL');
    await validator.ended;
    gate = await openGate(net.hubUrl);
  }, 60_000);

  test('takes the new version when the hub is back, and its report can be computed again', async () => {
    validator = startValidator();
    await validator.sees(/data set is now/);
    const after = await reportAfter(validator, (await reports()).at(-1)?.block ?? 0);
    validator.kill('SIGTERM');
    expect((await validator.ended).code).toBe(0);
    expect(after.data?.digest).not.toBe(last.data?.digest);
    expect(await beside()).toEqual(['data']);
    expect(await versions()).toHaveLength(1);
    expect(await inUse()).toMatch(/^[0-9a-f]{40}$/);
    // No sample and no loss of a report is of another version's images.
    const versionOf = new Map<string, string | undefined>();
    for (const { samples, data } of await reports()) {
      for (const { digest } of samples) {
        expect(versionOf.get(digest) ?? data?.digest).toBe(data?.digest);
        versionOf.set(digest, data?.digest);
      }
    }
    expect(new Set(versionOf.values()).size).toBe(3);
    const report = validatorStateFiles(join(folder, 'state')).newestReport;
    const verified = await runCommand(['verify-report', report, ...flags()], { cwd: folder });
    expect(verified).toMatchObject({ code: 0 });
  }, 120_000);
});
