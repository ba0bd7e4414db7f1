import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { walletFiles } from '../../../src/chain/wallet/layout.js';
import { addressOfKey, loadHotkey, withColdkey } from '../../../src/chain/wallet/load-key.js';
import {
  obscurePassword,
  passwordFrom,
  passwordVariable,
} from '../../../src/chain/wallet/password-variable.js';
import { redact } from '../../../src/common/log.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { ADDRESS, ANSIBLE, PASSWORD } from './fixtures.js';

const at = (path: string) => ({ name: 'w', hotkey: 'default', path });
/** A wallet whose hotkey is encrypted (in the way that opens quickly). */
async function encrypted(path: string, which: 'hotkey' | 'coldkey' = 'hotkey'): Promise<string> {
  const file = walletFiles(at(path))[which];
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, ANSIBLE, { mode: 0o600 });
  return file;
}

describe('an encrypted hotkey', () => {
  test('opens with the password that a person gives, who is told for which file', () =>
    inTemporaryFolder(async (path) => {
      const file = await encrypted(path);
      const asked: string[] = [];
      const password = (which: string) => {
        asked.push(which);
        return Promise.resolve(PASSWORD);
      };
      const pair = await loadHotkey(at(path), { password, environment: {} });
      expect(pair.address).toBe(ADDRESS);
      expect(asked).toEqual([file]);
      expect(redact(`the password is ${PASSWORD}`)).toBe('the password is [hidden]');
    }));

  test('opens with the password of its variable, without asking', () =>
    inTemporaryFolder(async (path) => {
      const file = await encrypted(path);
      const environment = { [passwordVariable(file)]: obscurePassword(PASSWORD, file) };
      const password = () => Promise.reject(new Error('asked'));
      expect((await loadHotkey(at(path), { password, environment })).address).toBe(ADDRESS);
    }));

  test('with nobody to ask, names the variable that it looked for', () =>
    inTemporaryFolder(async (path) => {
      const file = await encrypted(path);
      await expect(loadHotkey(at(path), { environment: {} })).rejects.toMatchObject({
        code: 'WALLET_ENCRYPTED',
        message: expect.stringMatching(
          new RegExp(`${file} is encrypted \\(Ansible Vault\\).*${passwordVariable(file)} is not set`),
        ),
      });
    }));

  test('says so when the password is another one', () =>
    inTemporaryFolder(async (path) => {
      await encrypted(path);
      const password = () => Promise.resolve('open sesame');
      const error = await loadHotkey(at(path), { password, environment: {} }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'WRONG_PASSWORD' });
      expect(String(error)).not.toContain('sesame');
    }));

  test('has no address without its secret unless a pub.txt tells it', () =>
    inTemporaryFolder(async (path) => {
      await encrypted(path);
      await expect(addressOfKey(at(path), 'hotkey')).rejects.toThrow(/it is encrypted or names no address/);
      await writeFile(walletFiles(at(path)).hotkeyPublic, JSON.stringify({ ss58Address: ADDRESS }));
      expect(await addressOfKey(at(path), 'hotkey')).toBe(ADDRESS);
    }));
});

describe('a coldkey', () => {
  test('signs while it is used, and not afterwards', () =>
    inTemporaryFolder(async (path) => {
      await encrypted(path, 'coldkey');
      const o = { password: () => Promise.resolve(PASSWORD), environment: {} };
      const pair = await withColdkey(at(path), o, (coldkey) => {
        expect(coldkey.sign('message')).toHaveLength(64);
        return Promise.resolve(coldkey);
      });
      expect(() => pair.sign('message')).toThrow();
      await expect(withColdkey(at(path), o, () => Promise.reject(new Error('not done')))).rejects.toThrow(
        'not done',
      );
    }));

  test('that is not here is said to be needed for registering alone', () =>
    inTemporaryFolder(async (path) => {
      await expect(withColdkey(at(path), {}, () => Promise.resolve())).rejects.toMatchObject({
        code: 'WALLET_MISSING',
        remedy: expect.stringContaining('never to run'),
      });
    }));
});

describe('the variable of a password', () => {
  const file = '/home/me/.bittensor/wallets/my-wallet/coldkey';
  const name = 'BT_PW__HOME_ME__BITTENSOR_WALLETS_MY-WALLET_COLDKEY';

  test('is named after the file as the wallets name it, and holds base64 of the XORed password', () => {
    expect(passwordVariable(file)).toBe(name);
    // 'B' ^ 'p', 'T' ^ 'w', '_' ^ 'd'
    expect(obscurePassword('pwd', file)).toBe(Buffer.from([0x32, 0x23, 0x3b]).toString('base64'));
    expect(passwordFrom({ [name]: obscurePassword(PASSWORD, file) }, file)?.toString()).toBe(PASSWORD);
    const long = 'x'.repeat(200);
    expect(passwordFrom({ [name]: ` ${obscurePassword(long, file)}\n` }, file)?.toString()).toBe(long);
  });

  test('is not there when it is unset or empty', () => {
    expect(passwordFrom({}, file)).toBeUndefined();
    expect(passwordFrom({ [name]: '' }, file)).toBeUndefined();
  });

  test.each(['opensesame', 'open sesame!', '////'])('with %j in it is an error that hides it', (value) => {
    expect(() => passwordFrom({ [name]: value }, file)).toThrow(
      expect.objectContaining({ code: 'BAD_PASSWORD_VARIABLE', message: expect.stringContaining(name) }),
    );
    expect(() => passwordFrom({ [name]: value }, file)).not.toThrow(value);
  });
});
