import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synthesizeDataset } from '../../src/dataset/index.js';
import { type Finding } from '../../src/doctor/index.js';
import { runCommand } from '../support/command.js';
import { type LocalNet, NETUID, startLocalNet } from '../support/local-net.js';

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

  test('refuses a role that there is not', async () => {
    const { code, stderr } = await runCommand(['doctor', '--role', 'minor'], { cwd: folder });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: Expected one of miner, validator for --role but received "minor" (did you mean "miner"?)\n',
    });
  });
});
