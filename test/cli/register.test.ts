import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Chain, connectChain, createWallet, formatTao, withColdkey } from '../../src/chain/index.js';
import { walletFiles } from '../../src/chain/wallet/layout.js';
import { obscurePassword, passwordVariable } from '../../src/chain/wallet/password-variable.js';
import { type RunningChain, startLocalChain } from '../../src/localnet/index.js';
import { ADDRESS, ANSIBLE, PASSWORD } from '../chain/wallet/fixtures.js';
import { runCommand } from '../support/command.js';
import { hasTerminal, onTerminal } from '../support/terminal.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const NETUID = 31;
/** The coldkey of the fixtures is rich here. */
const COLDKEY = ADDRESS;
let server: RunningChain;
let chain: Chain;

beforeAll(async () => {
  server = await startLocalChain({
    port: 0,
    blockMs: 50,
    genesis: {
      endow: [{ address: COLDKEY, tao: 1_000 }],
      subnets: [
        { netuid: NETUID },
        { netuid: 33, burnTao: 2_000, minBurnTao: 2_000 },
        { netuid: 35, burnTao: 0.1, minBurnTao: 0.1 },
      ],
    },
  });
  chain = await connectChain({ endpoints: [server.url] });
});
afterAll(async () => {
  await chain.close();
  await server.close();
});

/** A wallet with the rich coldkey of the fixtures, encrypted in the way that opens quickly, and a new hotkey. */
async function richWallet(path: string, name = 'rich'): Promise<{ hotkey: string; coldkeyFile: string }> {
  const location = { name, hotkey: 'default', path };
  const files = walletFiles(location);
  const { hotkey } = await createWallet(location);
  await writeFile(files.coldkey, ANSIBLE);
  await writeFile(files.coldkeyPublic, JSON.stringify({ ss58Address: COLDKEY }));
  return { hotkey: hotkey.address, coldkeyFile: files.coldkey };
}

const flags = (path: string, name = 'rich', o: { url?: string; netuid?: number } = {}) => [
  'register',
  ...['--subtensor.chain_endpoint', o.url ?? server.url, '--netuid', String(o.netuid ?? NETUID)],
  ...['--wallet.path', path, '--wallet.name', name],
];
const passwordOf = (file: string, password = PASSWORD) => ({
  [passwordVariable(file)]: obscurePassword(password, file),
});

describe('healthtensor register', () => {
  // Argon2i twice: once to encrypt the coldkey, once to open it.
  test(
    'takes a new user without Python from nothing to a uid',
    () =>
      inTemporaryFolder(async (path) => {
        const place = ['--wallet.path', path, '--wallet.name', 'newcomer'];
        const line = await runCommand(['wallet', 'password-variable', '--key', 'coldkey', ...place], {
          input: 'correct horse\n',
        });
        const [variable = '', value = ''] = line.stdout.trim().split(/=(.*)/s);
        const env = { [variable]: value };
        const made = await runCommand(['wallet', 'create', ...place], { env });
        expect(made.code).toBe(0);
        const address = /^coldkey {2}(\w+)/.exec(made.stdout)?.[1] ?? '';
        const hotkey = /^hotkey {3}(\w+)/m.exec(made.stdout)?.[1] ?? '';
        const own = await startLocalChain({
          port: 0,
          blockMs: 50,
          genesis: { endow: [{ address, tao: 1 }], subnets: [{ netuid: NETUID, burnTao: 0.5 }] },
        });
        try {
          const registered = await runCommand([...flags(path, 'newcomer', { url: own.url }), '--yes'], {
            env,
          });
          expect(registered.stdout).toMatch(
            new RegExp(
              [
                `^network {2}${own.url}`,
                `netuid {3}${NETUID}`,
                `hotkey {3}${hotkey} \\(newcomer/default\\)`,
                'uid {6}not registered',
                `coldkey {2}${address}`,
                'balance {2}τ1',
                'price {4}τ0\\.\\d+ now, τ0\\.\\d+ at most',
                'fee {6}τ0\\.0\\d*',
                'Registered with uid 0 in block \\d+\\.',
                'Paid τ0\\.\\d+: τ0\\.\\d+ for the registration, τ0\\.0\\d* as the fee\\.\n$',
              ].join('\n'),
            ),
          );
          expect(registered.code).toBe(0);
          expect(registered.stderr).toContain('takes seconds and 512 MiB');
          expect(registered.stderr + registered.stdout).not.toContain('correct horse');

          // Nothing else moves this coldkey's money: what it has left is what it was told.
          const there = await connectChain({ endpoints: [own.url] });
          const left = await there.balance(address);
          await there.close();
          expect(registered.stdout).toContain(`Paid ${formatTao(1_000_000_000n - left)}: `);

          const again = await runCommand(flags(path, 'newcomer', { url: own.url })); // asks for nothing
          expect(again).toMatchObject({ code: 0, stderr: '' });
          expect(again.stdout).toContain('Registered already, with uid 0. Nothing is paid.');
        } finally {
          await own.close();
        }
      }),
    180_000,
  );

  test('registers nobody without a confirmation, or with another password', () =>
    inTemporaryFolder(async (path) => {
      const { hotkey, coldkeyFile } = await richWallet(path);
      const silent = await runCommand(flags(path), { env: passwordOf(coldkeyFile) });
      expect(silent.code).toBe(1);
      expect(silent.stderr).toContain('Nobody can confirm the payment');
      expect(silent.stderr).toContain('--yes');
      const wrong = await runCommand([...flags(path), '--yes'], { env: passwordOf(coldkeyFile, 'sesame') });
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain(`The password does not open ${coldkeyFile}`);
      expect(wrong.stderr + wrong.stdout).not.toContain('sesame');
      expect(await chain.uidOf(NETUID, hotkey)).toBeUndefined();
    }));

  test('says before any password why a subnet cannot be joined', () =>
    inTemporaryFolder(async (path) => {
      await richWallet(path);
      const { code, stderr } = await runCommand([...flags(path, 'rich', { netuid: 33 }), '--yes']);
      expect(code).toBe(1);
      expect(stderr).toContain('The coldkey has τ');
      expect(stderr).toContain(`Send TAO to the coldkey ${COLDKEY}`);
    }));

  test('is what a miner whose encrypted hotkey is not registered is told, once the key is open', () =>
    inTemporaryFolder(async (path) => {
      const location = { name: 'sealed', hotkey: 'default', path };
      const { hotkey: file } = walletFiles(location);
      await createWallet(location);
      await writeFile(file, ANSIBLE);
      const miner = () =>
        runCommand(['miner', '--repo_id', 'a/b', ...flags(path, 'sealed').slice(1)], {
          cwd: path,
          env: { ACCESS_TOKEN: 'hf_abcdefgh1234' },
        });
      const closed = await miner();
      expect(closed.code).toBe(1);
      expect(closed.stderr).toContain(`${passwordVariable(file)} is not set`);
      await writeFile(join(path, '.env'), `${passwordVariable(file)}=${obscurePassword(PASSWORD, file)}\n`);
      const open = await miner();
      expect(open.code).toBe(1);
      expect(open.stderr).toContain(`${ADDRESS} (sealed/default) is not registered`);
      expect(open.stderr).toContain('healthtensor register --netuid 31 --wallet.name sealed');
      expect(open.stderr).not.toContain(PASSWORD);
    }));

  test('never pays more than the limit, and says that trying again may help', () =>
    inTemporaryFolder(async (path) => {
      const { hotkey, coldkeyFile } = await richWallet(path);
      const o = { environment: passwordOf(coldkeyFile) };
      const result = await withColdkey({ name: 'rich', hotkey: 'default', path }, o, (coldkey) =>
        chain.registerHotkey(coldkey, { netuid: NETUID, hotkey, limitRao: 1n }),
      );
      expect(result).toMatchObject({
        ok: false,
        kind: 'rejected',
        name: 'RegistrationPriceLimitExceeded',
        retryable: true,
      });
    }));
});

if (!hasTerminal) process.stdout.write("No util-linux script here: the terminal's tests are skipped.\n");

(hasTerminal ? describe : describe.skip)('healthtensor register on a terminal', () => {
  test('asks before it pays, and for the password, which does not appear', () =>
    inTemporaryFolder(async (path) => {
      const { hotkey, coldkeyFile } = await richWallet(path);
      const declined = await onTerminal(flags(path), [['to register? [y/N] ', 'n\r']]);
      expect(declined.code).toBe(1);
      expect(declined.screen).toContain('Not registered: the payment was not confirmed');
      expect(await chain.uidOf(NETUID, hotkey)).toBeUndefined();

      const { screen, code } = await onTerminal(flags(path), [
        ['to register? [y/N] ', 'y\r'],
        [`Password of ${coldkeyFile}: `, `${PASSWORD}\r`],
      ]);
      const uid = await chain.uidOf(NETUID, hotkey);
      expect(uid).toBeDefined();
      expect(screen).toContain(`Registered with uid ${uid} in block`);
      expect(screen).not.toContain(PASSWORD);
      expect(code).toBe(0);
    }));

  test('pays no more than was agreed to when others drive the price up, and exits with 2', () =>
    inTemporaryFolder(async (path) => {
      const { hotkey, coldkeyFile } = await richWallet(path);
      const rivals = async () => {
        const coldkey = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');
        for (let n = 0; n < 5; n++) {
          const rival = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri(`//Rival${n}`).address;
          const result = await chain.registerHotkey(coldkey, { netuid: 35, hotkey: rival });
          expect(result).toMatchObject({ ok: true });
        }
        return 'y\r';
      };
      const { screen, code } = await onTerminal(
        [...flags(path, 'rich', { netuid: 35 }), '--slippage', '0'],
        [
          ['to register? [y/N] ', rivals],
          [`Password of ${coldkeyFile}: `, `${PASSWORD}\r`],
        ],
      );
      expect(screen).toContain('The price rose over the limit of τ0.1 before');
      expect(screen).toContain('--slippage');
      expect(code).toBe(2);
      expect(await chain.uidOf(35, hotkey)).toBeUndefined();
    }));

  test('stopped at the question, fails and registers nobody', () =>
    inTemporaryFolder(async (path) => {
      const { hotkey } = await richWallet(path);
      const { code } = await onTerminal(flags(path), [['to register? [y/N] ', '\u0003']]);
      expect(code).toBe(130);
      expect(await chain.uidOf(NETUID, hotkey)).toBeUndefined();
    }));
});
