import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { walletFiles } from '../../src/chain/wallet/layout.js';
import { loadHotkey } from '../../src/chain/wallet/load-key.js';
import { NACL } from '../chain/wallet/fixtures.js';
import { runCommand } from '../support/command.js';
import { hasTerminal, onTerminal } from '../support/terminal.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

// Substrate's development phrase, and its sr25519 and ed25519 addresses.
const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
const SEED = '0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';

/** Runs `healthtensor wallet <args>` over the wallets in `path`, with no terminal. */
const wallet = (path: string, args: string, input?: string) =>
  runCommand(['wallet', ...args.split(' '), '--wallet.path', path], {
    cwd: path,
    ...(input === undefined ? {} : { input }),
  });
const jsonOf = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;

interface Listed {
  name: string;
  coldkey: { address: string; encryption: string } | null;
  hotkeys: {
    name: string;
    address: string | null;
    encryption: string;
    mode: string;
    problem: string | null;
  }[];
}

describe('healthtensor wallet', () => {
  test('makes a wallet, adds hotkeys to it and lists them all, and overwrites nothing', () =>
    inTemporaryFolder(async (path) => {
      const made = await wallet(path, 'create --use_password False');
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expect(made.stdout).toMatch(/^coldkey {2}5\w{47} {2}\S+\/coldkey {2}NOT ENCRYPTED\nhotkey {3}5\w{47} /);
      const files = walletFiles({ name: 'default', hotkey: 'default', path });
      const { secretPhrase } = await jsonOf(files.coldkey);
      expect(made.stdout).toContain('there is no terminal to show them on');
      expect(made.stdout).not.toContain(secretPhrase);

      const words = await wallet(path, 'new-hotkey --wallet.hotkey second --n_words 24');
      expect(words.code).toBe(0);
      const second = await jsonOf(join(files.hotkeys, 'second'));
      expect(String(second.secretPhrase).split(' ')).toHaveLength(24);
      expect(await jsonOf(join(files.hotkeys, 'secondpub.txt'))).toEqual({
        accountId: second.accountId,
        publicKey: second.accountId,
        ss58Address: second.ss58Address,
        cryptoType: 1,
      });

      for (const again of ['create', 'regen-hotkey']) {
        const refused = await wallet(path, again, `${PHRASE}\n`);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toMatch(/^error: .*exists already.*never overwritten/);
      }
      expect((await jsonOf(files.coldkey)).secretPhrase).toBe(secretPhrase);

      const listed = JSON.parse((await wallet(path, 'list --json')).stdout) as Listed[];
      const key = { encryption: 'none', mode: '600', problem: null };
      expect(listed).toMatchObject([
        {
          name: 'default',
          coldkey: { ...key, address: (await jsonOf(files.coldkeyPublic)).ss58Address },
          hotkeys: [
            { ...key, name: 'default', address: (await jsonOf(files.hotkeyPublic)).ss58Address },
            { ...key, name: 'second', address: second.ss58Address },
          ],
        },
      ]);
    }));

  test('restores keys from words and seeds of standard input, which it does not print', () =>
    inTemporaryFolder(async (path) => {
      const restored = await wallet(
        path,
        'regen-hotkey',
        `  ${PHRASE.replaceAll(' ', '  ').toUpperCase()}\r\n`,
      );
      expect(restored).toMatchObject({ code: 0, stderr: '' });
      expect(restored.stdout).toBe(`hotkey  ${ADDRESS}  ${join(path, 'default/hotkeys/default')}\n`);
      const { stdout } = await wallet(path, 'regen-coldkey --use_password False', SEED);
      expect(stdout).toContain(ADDRESS);
      expect(stdout).not.toContain(SEED.slice(2));
      const edwards = await wallet(path, 'regen-hotkey --wallet.hotkey ed --key_type ed25519', PHRASE);
      expect(edwards.stdout).not.toContain(ADDRESS);
      expect((await loadHotkey({ name: 'default', hotkey: 'ed', path })).type).toBe('ed25519');
    }));

  test('makes nothing of words with a slip', () =>
    inTemporaryFolder(async (path) => {
      const { code, stderr, stdout } = await wallet(path, 'regen-hotkey', PHRASE.replace('drive', 'drve'));
      expect(code).toBe(1);
      expect(stderr).toContain('number 2 is no word of the list');
      expect(stderr + stdout).not.toMatch(/drve|obey/);
      expect(await readdir(path)).toEqual([]);
      expect((await wallet(path, 'regen-hotkey')).stderr).toContain('The input ended before');
    }));

  test('makes no encrypted key without a password, and says how to give one', () =>
    inTemporaryFolder(async (path) => {
      const { code, stderr } = await wallet(path, 'create');
      expect(code).toBe(1);
      const variable = `BT_PW_${path.replaceAll(/[/.]/g, '_').toUpperCase()}_DEFAULT_COLDKEY`;
      expect(stderr).toContain(`${variable} is not set`);
      expect(stderr).toContain('healthtensor wallet password-variable');
      const line = await wallet(path, 'password-variable --key coldkey', 'weak:-)\n');
      const [name = '', value = ''] = line.stdout.trim().split(/=(.*)/s);
      expect(name).toBe(variable);
      expect(line.stderr).toMatch(/^note: there is no key in \S+coldkey yet\n$/);
      const weak = await runCommand(['wallet', 'create', '--wallet.path', path], { env: { [name]: value } });
      expect(weak.stderr).toContain(`The password in ${variable} is shorter than 8 characters`);
      expect(await readdir(path)).toEqual([]);
    }));

  test('lists what is encrypted, open to others, of another key or no key at all', () =>
    inTemporaryFolder(async (path) => {
      expect((await wallet(path, 'list')).stdout).toBe('There are no wallets here.\n');
      const files = walletFiles({ name: 'w', hotkey: 'sealed', path });
      await mkdir(join(files.hotkeys, 'folder'), { recursive: true });
      await writeFile(files.coldkeyPublic, JSON.stringify({ ss58Address: ADDRESS }));
      await writeFile(files.hotkey, NACL, { mode: 0o600 });
      await writeFile(join(files.hotkeys, 'open'), PHRASE, { mode: 0o644 });
      await writeFile(join(files.hotkeys, 'torn'), `{"secretSeed": "${SEED}`, { mode: 0o600 });
      const { stdout } = await wallet(path, 'list');
      expect(stdout).toContain(`w         coldkey  ${ADDRESS}  public key only\n`);
      expect(stdout).toMatch(/^ {2}sealed {2}hotkey {3}address unknown +encrypted \(NaCl\) {2}600$/m);
      expect(stdout).toMatch(/! other users may read it: chmod 600 .*\/open$/m);
      expect(stdout).toMatch(/! The key in .*\/torn cannot be read: it is no valid JSON$/m);
      expect(stdout).toMatch(/! The key in .*\/folder cannot be read: expected a file/m);
      expect(stdout).not.toContain(SEED.slice(2, 20));
      expect(dirname(files.hotkey)).toBe(files.hotkeys);
    }));
});

if (!hasTerminal) process.stdout.write("No util-linux script here: the terminal's tests are skipped.\n");

(hasTerminal ? describe : describe.skip)('healthtensor wallet on a terminal', () => {
  const cooked = "; echo code=$?; stty -a | grep -oE '.?(icanon|echo)\\b'";
  /** As `stty -a` says it when lines are edited and shown by the terminal again. */
  const restored = /(?<!-)icanon[^]*(?<!-)echo/;

  test('shows new words there, once', () =>
    inTemporaryFolder(async (path) => {
      const { screen, code } = await onTerminal(
        ['wallet', 'create', '--use_password', 'False', '--wallet.path', path],
        [],
      );
      expect(code).toBe(0);
      const files = walletFiles({ name: 'default', hotkey: 'default', path });
      for (const file of [files.coldkey, files.hotkey]) {
        const { secretPhrase } = await jsonOf(file);
        expect(screen.split(String(secretPhrase))).toHaveLength(2);
      }
    }));

  test('takes words that do not appear, and leaves the terminal as it was', () =>
    inTemporaryFolder(async (path) => {
      const { screen } = await onTerminal(
        ['wallet', 'regen-hotkey', '--wallet.path', path],
        [['Words or seed (not shown): ', `${PHRASE}\r`]],
        { after: cooked },
      );
      expect(screen).toContain(`hotkey  ${ADDRESS}`);
      expect(screen).toContain('code=0');
      expect(screen).not.toContain('drive');
      expect(screen).toMatch(restored);
    }));

  test.each([
    ['Ctrl-C', '\u0003', 130, ''],
    ['Ctrl-D', '\u0004', 1, 'The input ended before there was an answer'],
  ])('ends at %s with the terminal as it was and nothing made', (_, key, code, said) =>
    inTemporaryFolder(async (path) => {
      const { screen } = await onTerminal(
        ['wallet', 'regen-hotkey', '--wallet.path', path],
        [['Words or seed (not shown): ', `bottom dri${key === '\u0004' ? '\u0015' : ''}${key}`]],
        { after: cooked },
      );
      expect(screen).toContain(`code=${code}`);
      expect(screen).toContain(said);
      expect(screen).not.toContain('dri');
      expect(screen).toMatch(restored);
      expect(await readdir(path)).toEqual([]);
    }),
  );

  test('asks again for a new password that is weak or mistyped', () =>
    inTemporaryFolder(async (path) => {
      const { screen, code } = await onTerminal(
        ['wallet', 'new-hotkey', '--use_password', 'True', '--wallet.path', path],
        [
          ['New password for ', 'short\r'],
          ['It is shorter than 8 characters.', ''],
          ['New password for ', 'long enough\r'],
          ['The same again: ', 'long enough?\r'],
          ['The two differ.', ''],
          ['New password for ', '\u0003'],
        ],
      );
      expect(code).toBe(130);
      expect(screen).not.toMatch(/short\r|long enough/);
      expect(await readdir(path)).toEqual([]);
    }));
});
