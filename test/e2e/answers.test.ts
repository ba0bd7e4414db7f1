import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Revision } from '../../src/common/index.js';
import { openDataset, synthesizeDataset } from '../../src/dataset/index.js';
import { MODEL_FILES, modelConfig } from '../../src/hub/index.js';
import { type RoundReport, validatorStateFiles } from '../../src/validator/index.js';
import type { Check } from '../../src/validator/answers/check.js';
import type { Explanation } from '../../src/validator/answers/explain.js';
import { type SignedReport, signReport } from '../../src/validator/answers/signature.js';
import { type Ended, runCommand } from '../support/command.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { readSafetensors, safetensors } from '../support/safetensors.js';
import { SPEC, submitModel, trainedWeights } from '../validator/published-model.js';

type RoundResult = RoundReport['results'][number];

let folder: string;
let net: LocalNet;
/** Where the owner of the subnet validates. */
let state: string;
let reportFile: string;
let uids: Record<string, number>;

/** repo@revision of each published model. */
const published: Record<string, string> = {};
const weightsOf: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-answers-'));
  state = join(folder, 'state');
  reportFile = validatorStateFiles(state).newestReport;
  const path = join(folder, 'data');
  const cacheDirectory = join(folder, 'pixels');
  await synthesizeDataset({ path, images: 48, seed: 1, size: 64 });
  const { cachePath } = await openDataset({ path, imageSize: 32, cacheDirectory });
  net = await startLocalNet(folder, {
    names: ['good', 'poor', 'thief', 'short', 'idle', 'stranger'],
    blockMs: 100,
  });
  for (const [seed, name] of ['good', 'poor', 'thief', 'short'].entries()) {
    const epochs = name === 'good' ? 20 : 1;
    const weights =
      name === 'thief'
        ? (weightsOf['good'] as string)
        : name === 'short'
          ? await withoutTensor(weightsOf['good'] as string)
          : await trainedWeights(folder, { seed, epochs, cachePath, images: 40 });
    weightsOf[name] = weights;
    const { repo, revision } = await submitModel(net, name, weights);
    published[name] = `${repo}@${revision}`;
  }
  uids = {};
  for (const name of ['good', 'poor', 'thief', 'short', 'idle'])
    uids[name] = (await net.chain.uidOf(NETUID, net.account(name).hotkey)) as number;
  const ran = await command(['validator', '--rounds', '1'], 'owner', [
    ...[
      '--neuron.query_time',
      '4',
      '--neuron.epoch_length',
      '3',
      '--dataset.path',
      path,
      '--state_dir',
      state,
    ],
    ...['--dataset.cache', cacheDirectory, '--device', 'cpu:1'],
  ]);
  expect(ran).toMatchObject({ code: 0 });
}, 180_000);

afterAll(async () => {
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

/** A copy of weights that lacks its first tensor. */
async function withoutTensor(weights: string): Promise<string> {
  const path = join(folder, 'short.safetensors');
  await writeFile(path, safetensors(tensorsOf(await readFile(weights)).slice(1)));
  return path;
}

function tensorsOf(file: Buffer): { name: string; shape: number[]; values: Float32Array }[] {
  const { tensor, header } = readSafetensors(file);
  return Object.entries(header).map(([name, { shape }]) => ({ name, shape, values: tensor(name) }));
}

/** Runs a command with the wallet of `name`, where there is no `.env`. */
function command(words: readonly string[], name: string, flags: readonly string[] = []): Promise<Ended> {
  const { location } = net.account(name);
  const known: Record<string, readonly string[]> = {
    '--netuid': [String(NETUID)],
    '--subtensor.chain_endpoint': [net.chainUrl],
    '--wallet.path': [location.path],
    '--wallet.name': [location.name],
    '--hub.endpoint': [net.hubUrl],
  };
  const env = Object.entries(known).map(([flag, [value]]) => [
    `HEALTHTENSOR_${flag
      .slice(2)
      .toUpperCase()
      .replaceAll(/[^A-Z]/g, '_')}`,
    value as string,
  ]);
  return runCommand([...words, ...flags], {
    cwd: folder,
    env: Object.fromEntries(env) as Record<string, string>,
  });
}

async function checksOf(
  words: readonly string[],
  name: string,
  flags: readonly string[] = [],
): Promise<{ code: number; stderr: string; checks: Record<string, Check> }> {
  const { code, stdout, stderr } = await command([...words, '--json'], name, flags);
  const checks = stdout === '' ? [] : (JSON.parse(stdout) as Check[]);
  return { code, stderr, checks: Object.fromEntries(checks.map((one) => [one.check, one])) };
}

const levelsOf = (checks: Readonly<Record<string, Check>>) =>
  Object.fromEntries(Object.values(checks).map(({ check, level }) => [check, level]));

const images = () => [
  '--dataset.path',
  join(folder, 'data'),
  '--dataset.cache',
  join(folder, 'pixels'),
  '--device',
  'cpu:1',
];

describe('healthtensor validator explain', () => {
  const explain = (...words: string[]) =>
    command(['validator', 'explain', ...words], 'owner', ['--state_dir', state]);

  test('tells why a miner has its place, by uid and by hotkey', async () => {
    const byUid = await explain(String(uids['good']));
    expect(byUid).toMatchObject({ code: 0, stderr: '' });
    expect(byUid.stdout).toContain('place     1 of 2');
    expect(byUid.stdout).toContain(`before uid ${uids['poor']}: the loss is lower`);
    expect(byUid.stdout).toContain('signature valid');
    expect((await explain(net.account('good').hotkey)).stdout).toBe(byUid.stdout);
  });

  test('gives the copier its code, the facts and the remedy, as JSON too', async () => {
    const { code, stdout } = await explain(String(uids['thief']), '--json');
    const it = JSON.parse(stdout) as Explanation & { signed: boolean };
    expect(code).toBe(0);
    expect(it).toMatchObject({ code: 'COPY_OF', reward: 0, score: 0, signed: true });
    expect(Object.values(it.evidence ?? {})).toContain(net.account('good').hotkey);
    expect(it.remedy).toContain('Train a model of your own');
  });

  test('tells who committed nothing so, and refuses whom nobody knows', async () => {
    expect((await explain(String(uids['idle']))).stdout).toContain('verdict   NO_COMMITMENT');
    const { code, stdout, stderr } = await explain('999');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/No report of this validator speaks of "999"\n {2}Give a hotkey .* or a uid of /);
  });

  test('says where it looked when no validator has run there', async () => {
    const { code, stderr } = await command(['validator', 'explain', '1'], 'owner', ['--state_dir', folder]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Cannot read the report ${join(folder, 'reports.jsonl')}`);
  });
});

describe('healthtensor verify-report', () => {
  const verify = (file: string, ...flags: string[]) => checksOf(['verify-report', file], 'stranger', flags);

  async function forged(change: (report: SignedReport) => SignedReport, resigned: boolean): Promise<string> {
    const report = change(JSON.parse(await readFile(reportFile, 'utf8')) as SignedReport);
    const file = join(folder, 'forged.json');
    const { signature, ...rest } = report;
    const signer = net.account('owner').wallet.hotkey;
    await writeFile(file, JSON.stringify(resigned ? signReport(rest, signer) : { ...rest, signature }));
    return file;
  }

  test('computes the signature, the samples, the losses to the last bit, the order, rewards and scores again', async () => {
    const { code, checks } = await verify(reportFile, ...images());
    expect(levelsOf(checks)).toEqual({
      ...{ signature: 'ok', rules: 'ok', losses: 'ok', order: 'ok', rewards: 'ok', scores: 'ok' },
      ...{ 'block-hashes': 'ok', validator: 'ok', commitments: 'ok' },
      ...{ data: 'ok', samples: 'ok', places: 'ok' },
      ...Object.fromEntries(['good', 'poor', 'thief', 'short'].map((name) => [`uid-${uids[name]}`, 'ok'])),
    });
    expect(checks[`uid-${uids['thief']}`]?.text).toContain(`the same file as uid ${uids['good']}`);
    expect(checks[`uid-${uids['short']}`]?.text).toContain('TENSOR_MISMATCH');
    expect(checks[`uid-${uids['good']}`]?.text).toContain('to the last bit of every image');
    expect(code).toBe(0);
  });

  test('says without images and chain what it could not look at, and exits with 0', async () => {
    const { code, checks } = await verify(reportFile, '--offline');
    expect(code).toBe(0);
    expect(checks['data']).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('--dataset.path'),
    });
    expect(checks['chain']?.level).toBe('warning');
  });

  test('finds a report out in which somebody changed a number', async () => {
    const file = await forged((report) => ({ ...report, chainBlock: report.chainBlock + 1 }), false);
    const { code, checks } = await verify(file, '--offline');
    expect(code).toBe(1);
    expect(checks['signature']).toMatchObject({ level: 'failure', code: 'BAD_SIGNATURE' });
  });

  test('finds a validator out that signs a loss which the model does not have', async () => {
    const file = await forged(
      (report) => ({
        ...report,
        results: report.results.map((one) =>
          one.uid !== uids['good'] || one.loss === undefined
            ? one
            : {
                ...one,
                loss: one.loss - 0.01,
                evaluations: (one.evaluations ?? []).map((each) => ({ ...each, loss: each.loss - 0.01 })),
              },
        ),
      }),
      true,
    );
    const { code, checks } = await verify(file, ...images());
    expect(code).toBe(1);
    expect(checks['signature']?.level).toBe('ok');
    expect(checks[`uid-${uids['good']}`]).toMatchObject({ level: 'failure', code: 'OTHER_LOSS' });
  });

  test('judges the best alone when there is no time for all', async () => {
    const { code, checks } = await verify(reportFile, ...images(), '--best', '1', '--offline');
    expect(code).toBe(0);
    expect(checks).toHaveProperty([`uid-${uids['good']}`, 'level'], 'ok');
    expect(checks).not.toHaveProperty(`uid-${uids['poor']}`);
    expect(checks['places']?.text).toContain('1 places');
    expect(checks['left-out']).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('1 other places'),
    });
  });

  test('finds a validator out that refuses a model without a fault, or judges what was not committed', async () => {
    const change = (name: string, changed: (one: RoundResult) => RoundResult) => (report: SignedReport) => ({
      ...report,
      results: report.results.map((one) => (one.uid === uids[name] ? changed(one) : one)),
    });
    const refused = change(
      'poor',
      ({ rank: _r, loss: _l, evaluations: _e, decision: _d, meanAuroc: _m, ...one }) => ({
        ...one,
        ...{ outcome: 'refused', code: 'TENSOR_MISMATCH', detail: 'so I say', reward: 0, score: 0 },
      }),
    );
    const first = await verify(await forged(refused, true), ...images());
    expect(first.code).toBe(1);
    expect(first.checks[`uid-${uids['poor']}`]).toMatchObject({ level: 'failure', code: 'OTHER_VERDICT' });

    const other = change('poor', (one) => ({ ...one, revision: 'a'.repeat(40) as Revision }));
    const second = await verify(await forged(other, true));
    expect(second.code).toBe(1);
    expect(second.checks['commitments']).toMatchObject({ level: 'failure', code: 'OTHER_COMMITMENT' });
  });

  test('finds a validator out that names a block hash of its own', async () => {
    const blockHash = `0x${'ab'.repeat(32)}`;
    const file = await forged((report) => ({ ...report, blockHash }), true);
    const { code, checks } = await verify(file);
    expect(code).toBe(1);
    expect(checks['block-hashes']).toMatchObject({ level: 'failure', code: 'OTHER_BLOCK' });
  });

  test('refuses a file that is no report', async () => {
    const { code, stderr } = await verify(join(folder, 'data', 'Data_Entry.csv'));
    expect(code).toBe(1);
    expect(stderr).toContain('holds no report of a round');
  });
});

describe('healthtensor miner status', () => {
  const status = (name: string, ...flags: string[]) =>
    checksOf(['miner', 'status'], name, ['--state_dir', join(folder, 'nothing'), ...flags]);

  test('tells a miner that all stands well: chain, hub, a report and what it is paid', async () => {
    const { code, checks } = await status('good', '--report', reportFile);
    expect(levelsOf(checks)).toEqual({
      ...{ chain: 'ok', registration: 'ok', commitment: 'ok', repository: 'ok', digest: 'ok' },
      ...{ report: 'ok', weights: 'ok' },
    });
    expect(checks['report']?.text).toContain('place 1 of 2');
    expect(code).toBe(0);
  });

  test('tells a copier what the validator found', async () => {
    const { code, checks } = await status('thief', '--report', reportFile);
    expect(code).toBe(1);
    expect(checks['report']).toMatchObject({ level: 'failure', code: 'COPY_OF' });
    expect(checks['weights']?.level).toBe('warning');
  });

  test('tells who committed nothing, and who is not registered, what to type', async () => {
    expect((await status('idle')).checks['commitment']).toMatchObject({
      level: 'failure',
      code: 'NO_COMMITMENT',
    });
    const stranger = await status('stranger');
    expect(stranger.code).toBe(1);
    expect(stranger.checks['registration']?.remedy).toContain(`register --netuid ${NETUID}`);
  });

  test('looks at any hotkey without its wallet', async () => {
    const { checks } = await status('stranger', '--hotkey', net.account('good').hotkey);
    expect(checks['commitment']?.text).toContain('good/model @ ');
  });

  test('answers without a chain, and without a hub', async () => {
    const offline = await status('good', '--subtensor.chain_endpoint', 'ws://127.0.0.1:9');
    expect(offline).toMatchObject({ code: 1, checks: { chain: { level: 'failure' } } });
    const hubless = await status('good', '--hub.endpoint', 'http://127.0.0.1:9');
    expect(hubless).toMatchObject({
      code: 0,
      checks: { repository: { level: 'warning', code: 'HUB_UNREACHABLE' } },
    });
  });

  test('refuses an address that is none, and a report that is not there', async () => {
    expect((await status('good', '--hotkey', '5abc')).stderr).toContain('Expected an SS58 address');
    expect((await status('good', '--report', join(folder, 'none'))).stderr).toContain(
      'Cannot read the report',
    );
  });
});

describe('healthtensor miner self-check', () => {
  const selfCheck = (model: string, name: string, ...flags: string[]) =>
    checksOf(['miner', 'self-check', model], name, flags);

  async function folderOf(
    name: string,
    weights: Uint8Array | string,
    config = modelConfig(SPEC, {}),
  ): Promise<string> {
    const path = join(folder, name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, MODEL_FILES.config), config);
    const file = join(path, MODEL_FILES.weights);
    await (typeof weights === 'string' ? copyFile(weights, file) : writeFile(file, weights));
    return path;
  }

  test('takes a folder through the gates, the evaluation and the comparison with a report', async () => {
    const path = await folderOf('outbox', weightsOf['good'] as string);
    const { code, checks } = await selfCheck(path, 'good', ...images(), '--report', reportFile);
    expect(levelsOf(checks)).toEqual({
      ...{ files: 'ok', weights: 'ok', commitment: 'ok', copy: 'ok', evaluation: 'ok', place: 'ok' },
    });
    expect(checks['place']?.text).toContain('place 1 of 2'); // beside the other one
    expect(code).toBe(0);
  });

  test('takes a revision of the hub, and shows the commitment that goes with it', async () => {
    const { code, checks } = await selfCheck(published['poor'] as string, 'poor');
    expect(code).toBe(0);
    expect(checks['commitment']?.text).toMatch(/^poor\/model [0-9a-f]{40} [\w-]{43}$/);
    expect(checks['evaluation']).toMatchObject({ level: 'warning' });
  });

  test('believes no report that was changed', async () => {
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as SignedReport;
    const file = join(folder, 'changed.json');
    await writeFile(file, JSON.stringify({ ...report, chainBlock: report.chainBlock + 1 }));
    const { code, checks } = await selfCheck(published['poor'] as string, 'poor', '--report', file);
    expect({ code, checks }).toMatchObject({ code: 1, checks: { report: { code: 'BAD_SIGNATURE' } } });
  });

  test('knows a copy from the report', async () => {
    const { code, checks } = await selfCheck(published['thief'] as string, 'thief', '--report', reportFile);
    expect(code).toBe(1);
    expect(checks['copy']).toMatchObject({
      code: 'COPY_OF',
      evidence: { by: 'file', holder: net.account('good').hotkey },
    });
  });

  test('stops where a validator would, with its verdict', async () => {
    const tensors = tensorsOf(await readFile(weightsOf['good'] as string));
    const poisoned = tensors.map((one, place) =>
      place === 0 ? { ...one, values: one.values.map(() => NaN) } : one,
    );
    const nan = await selfCheck(await folderOf('nan', safetensors(poisoned)), 'good');
    expect(nan).toMatchObject({ code: 1, checks: { weights: { code: 'NOT_FINITE' } } });
    const short = await selfCheck(await folderOf('short', safetensors(tensors.slice(1))), 'good');
    expect(short).toMatchObject({ code: 1, checks: { files: { code: 'TENSOR_MISMATCH' } } });
    const config = Buffer.from('{"architecture":"transformer"}');
    const other = await selfCheck(await folderOf('other', weightsOf['good'] as string, config), 'good');
    expect(other).toMatchObject({ code: 1, checks: { files: { level: 'failure' } } });
    expect(Object.keys(other.checks)).toEqual(['files']);
  });

  test('refuses a folder without a model, a revision that is none, and one that the hub does not have', async () => {
    expect(await selfCheck(join(folder, 'nowhere'), 'good')).toMatchObject({
      code: 1,
      checks: { files: { code: 'FILE_MISSING' } },
    });
    expect((await selfCheck('good/model@main', 'good')).stderr).toContain(
      'owner/name@ and a commit id of 40 hex digits',
    );
    const gone = await selfCheck(`good/model@${'0'.repeat(40)}`, 'good');
    expect(gone).toMatchObject({ code: 1, checks: { files: { code: 'REVISION_MISSING' } } });
  });
});

test.each(['verify-report', 'validator explain', 'miner self-check', 'miner status'])(
  'the help of %s says what the exit codes mean',
  async (words) => {
    const { code, stdout } = await command([...words.split(' '), '--help'], 'owner');
    expect(code).toBe(0);
    expect(stdout).toContain('Exit code: 0');
  },
);
