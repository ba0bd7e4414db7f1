import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synthesizeDataset } from '../../src/dataset/index.js';
import { type Ended, runCommand, startNode } from '../support/command.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';

const ROOT = join(import.meta.dirname, '..', '..');
const NOBODY = '127.0.0.1:9';

let folder: string;
let net: LocalNet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  await synthesizeDataset({ path: join(folder, 'data'), images: 40, seed: 1, size: 32 });
  net = await startLocalNet(folder, { names: ['miner', 'stranger'] });
}, 60_000);

afterAll(async () => {
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a miner and a validator need alike, all of it right; a flag given again takes the earlier one's place. */
function sharedFlags(name: string, chainUrl = net.chainUrl): string[] {
  return [
    ...['--netuid', String(NETUID), '--subtensor.chain_endpoint', chainUrl],
    ...['--wallet.path', join(folder, 'wallets'), '--wallet.name', name, '--device', 'cpu:1'],
    ...['--hub.endpoint', net.hubUrl, '--dataset.path', join(folder, 'data')],
    ...['--dataset.cache', join(folder, 'pixels'), '--state_dir', join(folder, `state-${name}`)],
  ];
}

function minerCommand(name: string, changes: readonly string[] = [], chainUrl?: string): string[] {
  const training = ['--num_epochs', '1', '--model_type', 'cnn', '--image_size', '32', '--batch_size', '8'];
  return ['miner', ...sharedFlags(name, chainUrl), ...training, ...changes];
}

function environment(name: string, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ACCESS_TOKEN: net.account(name).token, REPO_ID: `${name}/model`, ...changes };
}

/** Runs a miner that is right but for the changes, in a folder without a `.env`. */
function mine(
  o: {
    name?: string;
    flags?: readonly string[];
    env?: Readonly<Record<string, string>>;
    chainUrl?: string;
  } = {},
): Promise<Ended> {
  const name = o.name ?? 'miner';
  return runCommand(minerCommand(name, o.flags, o.chainUrl), { cwd: folder, env: environment(name, o.env) });
}

/** Code 1, nothing where results go, and one error for people that says all of this. */
function expectOneError({ code, stdout, stderr }: Ended, ...said: readonly (string | RegExp)[]): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stderr).not.toContain('please report it');
  const error = stderr.slice(stderr.search(/^error: /m));
  for (const one of said) expect(error).toMatch(one);
}

describe('a command line that is wrong', () => {
  test('an unknown flag is named, with the nearest right one', async () => {
    const ended = await runCommand(['miner', '--wallet.hokey', 'x'], { cwd: folder });
    expectOneError(ended, "unknown option '--wallet.hokey'", /Did you mean --wallet\.hotkey\?/, '--help');
  });

  test('so is an unknown command', async () => {
    expectOneError(await runCommand(['mnier'], { cwd: folder }), "unknown command 'mnier'", 'miner?');
  });

  test('a bad value is shown, with its flag and what was expected', async () => {
    const ended = await runCommand(['validator', '--netuid', 'x'], { cwd: folder });
    expectOneError(ended, 'Expected a whole number from 0 to 65535 for --netuid but received "x"');
  });

  test('a model type that does not exist brings those that do', async () => {
    expectOneError(
      await mine({ flags: ['--model_type', 'DENSE'] }),
      '--model_type',
      '"DENSE"',
      /cnn.*mobile/,
    );
  });

  test('pretrained weights that do not exist bring the way without', async () => {
    const flags = ['--model_type', 'cnn', '--pretrained', 'imagenet'];
    expectOneError(await mine({ flags }), 'no ImageNet weights', '--pretrained none');
  });

  test('a recipe that cannot be meant brings what to change', async () => {
    expectOneError(await mine({ flags: ['--backbone_rate', '0'] }), '--backbone_rate 0', '--backbone_rate 1');
  });

  test('a missing REPO_ID brings where to set it', async () => {
    expectOneError(await mine({ env: { REPO_ID: '' } }), 'model repository', 'Set REPO_ID=<owner/name>');
  });

  test('a repository whose commitment would be over 128 bytes is refused before anything starts', async () => {
    const REPO_ID = `miner/${'x'.repeat(60)}`;
    expectOneError(await mine({ env: { REPO_ID } }), REPO_ID, '128', 'at most 43 characters');
  });
});

describe('an ACCESS_TOKEN', () => {
  test('that cannot be one is never shown', async () => {
    const ended = await mine({ env: { ACCESS_TOKEN: 'opensesame' } });
    expectOneError(ended, 'a token that starts with hf_ for ACCESS_TOKEN');
    expect(ended.stderr).not.toContain('opensesame');
  });

  test('that is missing brings how to make one', async () => {
    expectOneError(await mine({ env: { ACCESS_TOKEN: '' } }), 'ACCESS_TOKEN is not set', 'role "write"');
  });

  test('that the hub does not know, and one that may only read, bring what is needed', async () => {
    const [unknown, reader] = await Promise.all([
      mine({ env: { ACCESS_TOKEN: 'hf_nobodystoken' } }),
      mine({ env: { ACCESS_TOKEN: 'hf_readonlytoken1' } }),
    ]);
    expectOneError(unknown, 'does not accept our token', 'Set ACCESS_TOKEN');
    expect(unknown.stderr).not.toContain('hf_nobodystoken');
    expectOneError(reader, 'may only read', 'role "write"');
  });
});

describe('a world that is not ready', () => {
  test('a missing wallet brings the command that makes one, and the wallets there are', async () => {
    const ended = await mine({ flags: ['--wallet.name', 'mienr'] });
    expectOneError(ended, /hotkey "default" of wallet "mienr"/, /\bminer\b/, 'healthtensor wallet create');
  });

  test('an unregistered hotkey brings the command that registers it', async () => {
    const ended = await mine({ name: 'stranger' });
    expectOneError(ended, `${net.account('stranger').hotkey} (stranger/default) is not registered`);
    expectOneError(ended, 'healthtensor register --netuid 31 --wallet.name stranger');
  });

  test('a dead chain is named by its address', async () => {
    const ended = await mine({ chainUrl: `ws://${NOBODY}` });
    expectOneError(ended, NOBODY, '--subtensor');
  });

  test('a dead hub is named by its address', async () => {
    const ended = await mine({ flags: ['--hub.endpoint', `http://${NOBODY}`] });
    expectOneError(ended, NOBODY, 'HF_ENDPOINT');
  });

  test('a GPU that was asked for by number and is not there is an error, not the CPU', async () => {
    const ended = await mine({ flags: ['--device', 'gpu:0'], env: { CUDA_VISIBLE_DEVICES: '' } });
    expectOneError(ended, 'Expected a GPU', '--device cpu');
  });
});

describe('a data set that cannot be used', () => {
  /** A miner and a validator that are given the same folder; the validator evaluates only. */
  async function expectBothSay(path: string, ...said: readonly (string | RegExp)[]): Promise<void> {
    const there = ['--dataset.path', path];
    const judging = ['validator', ...sharedFlags('owner'), ...there, '--neuron.disable_set_weights'];
    const both = [mine({ flags: there }), runCommand(judging, { cwd: folder })];
    for (const ended of await Promise.all(both)) expectOneError(ended, ...said);
  }

  test('because the folder is missing, is named with what to do', () =>
    expectBothSay(join(folder, 'nowhere'), join(folder, 'nowhere'), '--dataset.path'));

  test('because images/ is missing, is named', async () => {
    const path = join(folder, 'without images');
    await mkdir(path);
    await writeFile(join(path, 'Data_Entry.csv'), 'image_name,label\n00000001_000.png,Mass\n');
    await expectBothSay(path, `${join(path, 'images')} is not a folder`, 'Put the images');
  });

  test('because the CSV makes no sense, is named with how it should look', async () => {
    const path = join(folder, 'with a bad CSV');
    await mkdir(join(path, 'images'), { recursive: true });
    await writeFile(join(path, 'Data_Entry.csv'), 'a,b\n1,2\n');
    await expectBothSay(path, join(path, 'Data_Entry.csv'), 'needs the columns image_name,label', 'Mend');
  });
});

describe('without the native addon', () => {
  let main: string;
  beforeAll(async () => {
    const copy = join(folder, 'package');
    await mkdir(copy);
    for (const name of ['dist', 'scripts', 'package.json']) {
      await cp(join(ROOT, name), join(copy, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    main = join(copy, 'dist', 'cli', 'main.js');
  });

  test('a miner says how to build it', async () => {
    const options = { cwd: folder, env: environment('miner') };
    const ended = await startNode(main, minerCommand('miner'), options).ended;
    expectOneError(ended, 'The native addon has not been built', 'npm run build:native');
  });

  test('commands that need no tensors work', async () => {
    const path = join(folder, 'drawn');
    const drawing = ['dataset', 'synth', '--dataset.path', path, '--images', '20', '--size', '32'];
    const drawn = await startNode(main, drawing, { cwd: folder }).ended;
    expect(drawn).toMatchObject({ code: 0, stdout: expect.stringContaining('Drew 20 images') as unknown });
    const checked = await startNode(main, ['dataset', 'check', '--dataset.path', path], { cwd: folder })
      .ended;
    expect(checked.code).toBe(0);
    for (const command of ['miner', 'validator', 'demo']) {
      const help = await startNode(main, [command, '--help'], { cwd: folder }).ended;
      expect(help).toMatchObject({ code: 0, stderr: '' });
    }
    const local = startNode(main, ['localnet', '--chain_port', '0', '--hub_port', '0'], { cwd: folder });
    try {
      await local.sees(/ACCESS_TOKEN=\S+/);
    } finally {
      local.kill('SIGINT');
    }
    expect(await local.ended).toMatchObject({ code: 0 });
  });
});
