import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WeightCommit } from '../../src/chain/index.js';
import { obscurePassword, passwordVariable } from '../../src/chain/wallet/password-variable.js';
import { synthesizeDataset } from '../../src/dataset/index.js';
import type { RepoId } from '../../src/common/index.js';
import { type Finding } from '../../src/doctor/index.js';
import { validatorStateFiles } from '../../src/validator/index.js';
import { Store } from '../../src/validator/store.js';
import { ADDRESS, ANSIBLE, PASSWORD } from '../chain/wallet/fixtures.js';
import { publishDataset } from '../dataset/dataset-repository.js';
import { runCommand } from '../support/command.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';
import { hasTerminal, onTerminal } from '../support/terminal.js';

let folder: string;
let net: LocalNet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthtensor-test-'));
  await synthesizeDataset({ path: join(folder, 'data'), images: 20, seed: 1, size: 32 });
  net = await startLocalNet(folder, { names: ['miner', 'stranger'] });
}, 60_000);

afterAll(async () => {
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the doctor as JSON on a host where all is right but for the changes; `levels` are by check. */
async function examine(
  name: string,
  o: { endpoint?: string; flags?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<{
  code: number;
  stderr: string;
  text: string;
  findings: Finding[];
  levels: Record<string, string>;
}> {
  const flags = [
    ...['--netuid', String(NETUID), '--subtensor.chain_endpoint', o.endpoint ?? net.chainUrl],
    ...['--hub.endpoint', net.hubUrl],
    ...['--wallet.path', join(folder, 'wallets'), '--wallet.name', name, '--device', 'cpu:1'],
    ...['--dataset.path', join(folder, 'data'), '--state_dir', join(folder, 'state')],
  ];
  const { code, stdout, stderr } = await runCommand(['doctor', ...flags, '--json', ...(o.flags ?? [])], {
    cwd: folder,
    env: { ACCESS_TOKEN: net.account(name).token, REPO_ID: `${name}/model`, ...o.env },
  });
  const findings = JSON.parse(stdout) as Finding[];
  const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]));
  return { code, stderr, text: stdout, findings, levels };
}

describe('healthtensor doctor', () => {
  test('finds nothing to mend on a host that is ready to mine, and exits with 0', async () => {
    const { code, stderr, levels } = await examine('miner', { flags: ['--role', 'miner'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // What the disk of this machine has free is not the test's to say.
    const { disk, ...rest } = levels;
    expect(disk).toBeDefined();
    expect(rest).toEqual({
      ...{ node: 'ok', addon: 'ok', libtorch: 'ok', device: 'ok', 'data-set': 'ok', wallet: 'ok' },
      ...{ chain: 'ok', clock: 'ok', subnet: 'ok', registration: 'ok', immunity: 'ok' },
      ...{ 'hub-token': 'ok', repository: 'ok' },
    });
  });

  test('tells a validator without a permit so, and exits with 1', async () => {
    const { code, findings } = await examine('miner', { flags: ['--role', 'validator'] });
    expect(code).toBe(1);
    expect(findings.find(({ check }) => check === 'permit')).toMatchObject({
      level: 'failure',
      remedy: expect.stringContaining('Add stake'),
    });
    expect(findings.find(({ check }) => check === 'repository')).toBeUndefined();
  });

  test('finds the owner of the subnet ready to validate', async () => {
    const { levels } = await examine('owner', { flags: ['--role', 'validator'] });
    const checks = ['permit', 'stake', 'version-key', 'rate-limit', 'commit-reveal'];
    expect(checks.map((check) => [check, levels[check]])).toEqual(checks.map((check) => [check, 'ok']));
  });

  test('tells a hotkey that is not registered what to type', async () => {
    const { code, findings } = await examine('stranger');
    expect(code).toBe(1);
    expect(findings.find(({ check }) => check === 'registration')?.remedy).toContain('register --netuid 31');
  });

  test('goes on with everything else when the chain, the hub, the data and the wallet are not there', async () => {
    const { code, levels, text } = await examine('miner', {
      endpoint: 'ws://127.0.0.1:9',
      flags: [
        ...['--hub.endpoint', 'http://127.0.0.1:9', '--dataset.path', join(folder, 'none')],
        ...['--wallet.name', 'nobody'],
      ],
    });
    expect(code).toBe(1);
    expect(levels).toMatchObject({
      ...{ addon: 'ok', chain: 'failure', 'data-set': 'failure', wallet: 'failure', 'hub-token': 'failure' },
      ...{ clock: 'warning', subnet: 'warning', registration: 'warning' },
    });
    expect(text).not.toContain(net.account('miner').token);
  });

  test('asks for the data set that a validator follows, with its token', async () => {
    const repo = 'owner/validation' as RepoId;
    const link = { DATASET_LINK: repo };
    const flags = ['--role', 'validator', '--dataset.path', join(folder, 'none')];
    const findingOf = async (name: string) => {
      const { findings } = await examine(name, { flags, env: link });
      return findings.find(({ check }) => check === 'data-link');
    };
    expect(await findingOf('owner')).toMatchObject({ level: 'failure', text: expect.stringContaining(repo) });
    const hub = { url: net.hubUrl, token: net.account('owner').token };
    await publishDataset(hub, { 'README.md': 'soon' }, repo);
    expect(await findingOf('owner')).toMatchObject({
      level: 'failure',
      text: expect.stringContaining('Data_Entry'),
    });
    await publishDataset(hub, { 'Data_Entry.csv': 'x', 'images.tar.gz': 'x' }, repo);
    expect(await findingOf('owner')).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('1 archives'),
    });
    expect(await findingOf('miner')).toMatchObject({
      level: 'failure',
      remedy: expect.stringContaining('ACCESS_TOKEN'),
    });
  });

  test('warns of a token that may only read, and fails a miner with it', async () => {
    const env = { ACCESS_TOKEN: 'hf_readonlytoken1' };
    expect((await examine('miner', { env })).levels['hub-token']).toBe('warning');
    expect((await examine('miner', { env, flags: ['--role', 'miner'] })).levels['hub-token']).toBe('failure');
  });

  test('warns of a hotkey that others may read', async () => {
    const file = join(folder, 'wallets', 'miner', 'hotkeys', 'default');
    await chmod(file, 0o644);
    const { findings } = await examine('miner');
    await chmod(file, 0o600);
    expect(findings.find(({ check }) => check === 'wallet')).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining(`chmod 600 ${file}`),
    });
  });

  test('needs no password to look at an encrypted hotkey, and warns that a start at night does', async () => {
    const sealed = join(folder, 'wallets', 'sealed');
    await cp(join(folder, 'wallets', 'miner'), sealed, { recursive: true });
    await writeFile(join(sealed, 'hotkeys', 'default'), `$NACL${'x'.repeat(200)}`, { mode: 0o600 });
    const { findings, levels } = await examine('miner', { flags: ['--wallet.name', 'sealed'] });
    expect(levels['registration']).toBe('ok');
    expect(findings.find(({ check }) => check === 'wallet')).toMatchObject({
      level: 'warning',
      text: expect.stringContaining(net.account('miner').hotkey),
      remedy: expect.stringContaining('password-variable'),
    });
  });

  describe('on a host with an encrypted hotkey', () => {
    const flags = ['--wallet.name', 'vault'];
    const file = () => join(folder, 'wallets', 'vault', 'hotkeys', 'default');
    const given = (password: string) => ({
      [passwordVariable(file())]: obscurePassword(password, file()),
    });
    beforeAll(async () => {
      await mkdir(join(folder, 'wallets', 'vault', 'hotkeys'), { recursive: true });
      await writeFile(file(), ANSIBLE, { mode: 0o600 });
    });
    const wallet = (findings: Finding[]) => findings.find(({ check }) => check === 'wallet');

    test('opens it with the password of the variable', async () => {
      const { findings, levels, text } = await examine('miner', {
        flags,
        env: given(PASSWORD),
      });
      expect(wallet(findings)).toEqual({
        ...{ check: 'wallet', level: 'ok', text: `hotkey ${ADDRESS} (vault/default)` },
      });
      expect(levels['registration']).toBe('failure');
      expect(text).not.toContain(PASSWORD);
    });

    test('says that the password of the variable is wrong', async () => {
      const { code, findings } = await examine('miner', { flags, env: given('guessed') });
      expect(code).toBe(1);
      expect(wallet(findings)).toMatchObject({ level: 'failure', text: expect.stringMatching(/password/i) });
    });

    (hasTerminal ? test : test.skip)(
      'asks for the password on a terminal, and warns of starts without one',
      async () => {
        const { screen } = await onTerminal(
          [
            ...['doctor', '--subtensor.chain_endpoint', net.chainUrl, '--hub.endpoint', net.hubUrl, ...flags],
            ...['--wallet.path', join(folder, 'wallets'), '--device', 'cpu:1', '--state_dir', folder],
          ],
          [['Password of ', `${PASSWORD}\r`]],
        );
        expect(screen).toMatch(/warning +wallet +hotkey 5\w+ \(vault\/default\) is encrypted and opens/);
        expect(screen).not.toContain(PASSWORD);
      },
    );
  });

  test('tells how commit-reveal goes by the state of the validator', async () => {
    const state = join(folder, 'revealing');
    await mkdir(state);
    const store = new Store(validatorStateFiles(state).database);
    const commit: WeightCommit = {
      ...{
        method: 'timelocked',
        netuid: NETUID,
        hotkey: '5hot',
        uids: [1],
        values: [65_535],
        versionKey: 0n,
      },
      ...{ commitHash: '0x1', headBlock: 100, validUntil: 116, commitBlock: 101 },
      ...{ commitEpoch: 1, firstRevealBlock: 160, lastRevealBlock: 260 },
    };
    store.commits.add(commit);
    store.commits.settle(commit, 'missed', 'the permit was gone');
    const { findings } = await examine('owner', { flags: ['--role', 'validator', '--state_dir', state] });
    store.close();
    expect(findings.find(({ check }) => check === 'reveals')).toMatchObject({
      level: 'warning',
      text: expect.stringMatching(/1 missed.*NOT revealed: block 101, the permit was gone/),
      figures: { missed: 1, revealed: 0, missedInARow: 1, open: 0 },
    });
  });

  test('refuses a role that there is not', async () => {
    const { code, stderr } = await runCommand(['doctor', '--role', 'minor'], { cwd: folder });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: Expected one of miner, validator for --role but received "minor" (did you mean "miner"?)\n',
    });
  });
});
