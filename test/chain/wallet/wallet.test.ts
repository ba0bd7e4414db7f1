import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mnemonicValidate } from '@polkadot/util-crypto';
import { createWallet } from '../../../src/chain/wallet/create.js';
import { listWallets, walletFiles } from '../../../src/chain/wallet/layout.js';
import { loadHotkey } from '../../../src/chain/wallet/load-key.js';
import { OptionError } from '../../../src/common/errors.js';
import { Log } from '../../../src/common/log.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';

const at = (path: string, name = 'miner', hotkey = 'default') => ({ name, hotkey, path });
const recording = () => {
  const lines: string[] = [];
  return { lines, log: new Log({ level: 'TRACE', write: (line) => lines.push(line) }) };
};

describe('a new wallet', () => {
  test('has the files of btcli, readable by their owner alone, and its hotkey loads', () =>
    inTemporaryFolder(async (root) => {
      const path = join(root, 'not', 'yet', 'there');
      const wallet = await createWallet(at(path));
      const files = walletFiles(at(path));
      for (const file of [files.coldkey, files.coldkeyPublic, files.hotkey, files.hotkeyPublic]) {
        expect((await stat(file)).mode & 0o777).toBe(0o600);
      }
      for (const folder of [files.folder, files.hotkeys])
        expect((await stat(folder)).mode & 0o777).toBe(0o700);
      expect(files.coldkeyPublic).toBe(join(path, 'miner', 'coldkeypub.txt'));
      expect(files.hotkey).toBe(join(path, 'miner', 'hotkeys', 'default'));
      const address = async (file: string) =>
        (JSON.parse(await readFile(file, 'utf8')) as { ss58Address: string }).ss58Address;
      expect(await address(files.coldkeyPublic)).toBe(wallet.coldkey.address);
      expect(await address(files.hotkeyPublic)).toBe(wallet.hotkey.address);
      expect(await address(files.coldkey)).toBe(wallet.coldkey.address);

      const { lines, log } = recording();
      expect((await loadHotkey(at(path), { log })).address).toBe(wallet.hotkey.address);
      expect(lines).toEqual([]);
    }));

  test('gives its words to the caller, and coldkey and hotkey differ', () =>
    inTemporaryFolder(async (path) => {
      const wallet = await createWallet(at(path));
      expect(mnemonicValidate(wallet.coldkeyMnemonic)).toBe(true);
      expect(mnemonicValidate(wallet.hotkeyMnemonic)).toBe(true);
      expect(wallet.coldkey.address).not.toBe(wallet.hotkey.address);
    }));

  test('never overwrites one that exists, and leaves nothing behind', () =>
    inTemporaryFolder(async (path) => {
      const first = await createWallet(at(path));
      await expect(createWallet(at(path, 'miner', 'other'))).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
      expect((await loadHotkey(at(path))).address).toBe(first.hotkey.address);
      expect(await readdir(path)).toEqual(['miner']);
    }));

  test('made twice at once is made once', () =>
    inTemporaryFolder(async (path) => {
      const results = await Promise.allSettled([1, 2, 3, 4].map(() => createWallet(at(path))));
      const made = results.flatMap((result) =>
        result.status === 'fulfilled' ? result.value.hotkey.address : [],
      );
      expect(made).toHaveLength(1);
      expect((await loadHotkey(at(path))).address).toBe(made[0]);
      expect(await readdir(path)).toEqual(['miner']);
    }));

  test('is not made in place of a dangling link', () =>
    inTemporaryFolder(async (path) => {
      await symlink(join(path, 'elsewhere'), join(path, 'miner'));
      await expect(createWallet(at(path))).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    }));
});

describe('loading a hotkey', () => {
  test('a missing one names the file, the wallets that exist and the command that makes one', () =>
    inTemporaryFolder(async (path) => {
      await createWallet(at(path, 'alice', 'first'));
      await createWallet(at(path, 'bob', 'second'));
      const error = (await loadHotkey(at(path, 'carol')).catch((e: unknown) => e)) as {
        message: string;
        remedy: string;
      };
      expect(error).toMatchObject({ code: 'WALLET_MISSING' });
      expect(error.message).toContain(join(path, 'carol', 'hotkeys', 'default'));
      expect(error.message).toContain('alice/first, bob/second');
      expect(error.remedy).toContain(
        `healthtensor wallet create --wallet.name carol --wallet.hotkey default --wallet.path ${path}`,
      );
      const other = (await loadHotkey(at(path, 'bob')).catch((e: unknown) => e)) as { remedy: string };
      expect(other.remedy).toContain(
        'healthtensor wallet new-hotkey --wallet.name bob --wallet.hotkey default',
      );
      expect(await listWallets(path)).toEqual(['alice/first', 'bob/second']);
    }));

  test('says so when there are no wallets at all', () =>
    inTemporaryFolder(async (path) => {
      await expect(loadHotkey(at(join(path, 'none')))).rejects.toThrow(/No wallets are in/);
    }));

  test('a file that others may read is used with a warning', () =>
    inTemporaryFolder(async (path) => {
      const wallet = await createWallet(at(path));
      await chmod(walletFiles(at(path)).hotkey, 0o644);
      const { lines, log } = recording();
      expect((await loadHotkey(at(path), { log })).address).toBe(wallet.hotkey.address);
      expect(lines.join('')).toMatch(/WARNING.*mode 644.*chmod 600/);
    }));

  test('never shows a secret in the log afterwards', () =>
    inTemporaryFolder(async (path) => {
      const wallet = await createWallet(at(path));
      await loadHotkey(at(path));
      const { lines, log } = recording();
      log.info(`words: ${wallet.hotkeyMnemonic}`);
      expect(lines.join('')).toContain('words: [hidden]');
    }));

  test('a folder or a huge file in its place is an error that names it', () =>
    inTemporaryFolder(async (path) => {
      const files = walletFiles(at(path));
      await mkdir(files.hotkey, { recursive: true });
      await expect(loadHotkey(at(path))).rejects.toThrow(
        /hotkeys\/default cannot be read: expected a file of at most 65536 bytes/,
      );
      await writeFile(walletFiles(at(path, 'miner', 'huge')).hotkey, Buffer.alloc(70_000));
      await expect(loadHotkey(at(path, 'miner', 'huge'))).rejects.toMatchObject({
        code: 'WALLET_UNREADABLE',
      });
    }));

  test.each(['', '.', '..', '../other', 'a/b', 'a\\b', '.hidden', 'a\nb'])(
    'the name %j is refused',
    async (name) => {
      await expect(loadHotkey(at('/nowhere', name))).rejects.toThrow(OptionError);
      await expect(createWallet(at('/nowhere', 'miner', name))).rejects.toThrow(/for --wallet.hotkey/);
    },
  );
});
