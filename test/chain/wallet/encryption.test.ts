import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decryptKeyfile, encryptionOf } from '../../../src/chain/wallet/encryption.js';
import { fernetParts, openFernet } from '../../../src/chain/wallet/fernet.js';
import { readKeyfile } from '../../../src/chain/wallet/keyfile.js';
import { naclParts, openNacl, sealNacl } from '../../../src/chain/wallet/nacl.js';
import { sharedPath } from '../../support/shared.js';
import {
  ADDRESS,
  ANSIBLE,
  ANSIBLE_LABELLED,
  FERNET,
  FERNET_KEY,
  NACL,
  NACL_KEY,
  PASSWORD,
  PLAIN,
} from './fixtures.js';

const FILE = '/w/coldkey';
const decrypt = (bytes: Uint8Array, password = PASSWORD) => {
  const encryption = encryptionOf(bytes);
  if (encryption === undefined) throw new Error('not encrypted');
  return decryptKeyfile(bytes, { encryption, password: Buffer.from(password), file: FILE });
};

describe('an encrypted keyfile', () => {
  // The one test here that waits for Argon2i: six seconds on an idle core.
  test('of today ($NACL) opens with its password, and the event loop goes on meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 10);
    expect(await decrypt(NACL)).toBe(PLAIN);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  }, 180_000);

  test('of the oldest kind (Fernet) opens with its password', async () => {
    expect(await decrypt(FERNET)).toBe(PLAIN);
  });

  test.each([
    ['1.1', ANSIBLE],
    ['1.2, with a label', ANSIBLE_LABELLED],
    ['1.1, with the line ends of Windows', Buffer.from(ANSIBLE.toString().replaceAll('\n', '\r\n'))],
  ])('of Ansible Vault %s opens with its password, and says so when it is another', async (_, bytes) => {
    expect(await decrypt(bytes)).toBe(PLAIN);
    await expect(decrypt(bytes, 'another password')).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
      message: `The password does not open ${FILE}`,
    });
  });

  test('does not open with another key', () => {
    const wrong = Buffer.from(NACL_KEY).fill(1);
    expect(openNacl(naclParts(NACL, FILE), wrong)).toBeUndefined();
    expect(openFernet(fernetParts(FERNET, FILE), wrong)).toBeUndefined();
    expect(openFernet(fernetParts(FERNET, FILE), FERNET_KEY)?.toString()).toBe(PLAIN);
  });

  test('is never opened by an empty password', async () => {
    for (const bytes of [NACL, FERNET, ANSIBLE])
      await expect(decrypt(bytes, '')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  });

  test.each([
    ['a $NACL without a box', Buffer.from('$NACL'), /NaCl box is cut short/],
    ['a $NACL with a nonce alone', NACL.subarray(0, 45), /NaCl box is cut short/],
    ['a Fernet token cut short', FERNET.subarray(0, 60), /Fernet token is cut short/],
    ['a Fernet token with a stray character', Buffer.from(`${FERNET.toString()}!`), /Fernet token/],
    ['a vault cut short', ANSIBLE.subarray(0, 300), /Ansible Vault is cut short/],
    ['a vault with no body', Buffer.from('$ANSIBLE_VAULT;1.1;AES256\n'), /Ansible Vault is cut short/],
    [
      'a vault of another version',
      Buffer.from('$ANSIBLE_VAULT;1.0;AES\nabcd'),
      /Ansible Vault "1.0;AES", expected 1.1 or 1.2 with AES256/,
    ],
  ])('%s is an error at once', async (_, bytes, message) => {
    await expect(decrypt(bytes)).rejects.toThrow(message);
    await expect(decrypt(bytes)).rejects.toMatchObject({ code: 'WALLET_UNREADABLE' });
  });

  test('stops being opened when it is asked to', async () => {
    const signal = AbortSignal.abort(new Error('no more'));
    const password = Buffer.from(PASSWORD);
    await expect(decryptKeyfile(NACL, { encryption: 'NaCl', password, file: FILE, signal })).rejects.toThrow(
      'no more',
    );
    const controller = new AbortController();
    const opening = decryptKeyfile(NACL, {
      encryption: 'NaCl',
      password,
      file: FILE,
      signal: controller.signal,
    });
    controller.abort(new Error('no more of this'));
    await expect(opening).rejects.toThrow('no more of this');
  });
});

describe('what is encrypted here', () => {
  test('is laid out as libsodium does it, with a nonce of its own each time', () => {
    const [first, second] = [1, 2].map(() => sealNacl(Buffer.from(PLAIN), NACL_KEY));
    expect(first?.length).toBe(NACL.length);
    expect(first?.subarray(5, 29)).not.toEqual(second?.subarray(5, 29));
    const opened = openNacl(naclParts(first ?? NACL, FILE), NACL_KEY);
    expect(Buffer.from(opened ?? []).toString()).toBe(PLAIN);
  });
});

const vectorFile = sharedPath('reference/vectors/wallet.json');
const withVectors = vectorFile === undefined ? describe.skip : describe;

withVectors('files of the Python wallet (skipped without HEALTHTENSOR_TEST_SHARED)', () => {
  const vector = JSON.parse(vectorFile === undefined ? '{}' : readFileSync(vectorFile, 'utf8')) as {
    password: string;
    plain_keyfile_text: string;
    nacl_encrypted_base64: string;
    legacy_fernet_text: string;
    expected: Record<'public_key' | 'private_key' | 'mnemonic' | 'seed_hex' | 'ss58_address', string>;
  };

  test.each([
    ['$NACL', () => Buffer.from(vector.nacl_encrypted_base64, 'base64')],
    ['Fernet', () => Buffer.from(vector.legacy_fernet_text)],
  ])('%s opens to the plain file', async (_, bytes) => {
    expect(await decrypt(bytes(), vector.password)).toBe(vector.plain_keyfile_text);
  });

  test('each secret of the plain file leads to its address, alone', () => {
    const { expected } = vector;
    expect(expected.ss58_address).toBe(ADDRESS);
    for (const text of [
      vector.plain_keyfile_text,
      expected.mnemonic,
      expected.seed_hex,
      `0x${expected.private_key}`,
    ]) {
      const { pair } = readKeyfile(text, FILE);
      expect(pair.address).toBe(expected.ss58_address);
      expect(Buffer.from(pair.publicKey).toString('hex')).toBe(expected.public_key);
    }
  });
});
