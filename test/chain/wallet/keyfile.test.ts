import { beforeAll, describe, expect, test } from '@jest/globals';
import { cryptoWaitReady, mnemonicToMiniSecret, signatureVerify } from '@polkadot/util-crypto';
import { Keyring } from '@polkadot/keyring';
import { readKeyfile, writeKeyfile } from '../../../src/chain/wallet/keyfile.js';
import { expandSecret } from '../../../src/chain/wallet/canonical-key.js';

// Substrate's development phrase: known to everybody, worth nothing.
const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
const PUBLIC = '0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a';
const PRIVATE =
  '0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0afd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34';
const SEED = '0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';

const read = (fields: unknown) =>
  readKeyfile(typeof fields === 'string' ? fields : JSON.stringify(fields), '/w/hotkey').pair;
const ed25519Address = () => new Keyring({ type: 'ed25519', ss58Format: 42 }).addFromMnemonic(PHRASE).address;

beforeAll(cryptoWaitReady);

describe('plain keyfiles', () => {
  test.each([
    [
      'all fields',
      {
        accountId: PUBLIC,
        publicKey: PUBLIC,
        privateKey: PRIVATE,
        secretPhrase: PHRASE,
        secretSeed: SEED,
        ss58Address: ADDRESS,
      },
    ],
    [
      'nulls of the old Python files',
      { secretPhrase: PHRASE, secretSeed: null, privateKey: null, ss58Address: ADDRESS },
    ],
    ['words only', { secretPhrase: PHRASE }],
    ['a seed without 0x', { secretSeed: SEED.slice(2), ss58Address: ADDRESS }],
    ['a private key in the canonical form', { privateKey: PRIVATE, ss58Address: ADDRESS }],
    ['a private key and the public key only', { privateKey: PRIVATE, publicKey: PUBLIC }],
    ['a blank before a field’s name', { secretSeed: SEED, ' ss58Address': ADDRESS }],
    ['the key type as a number', { secretSeed: SEED, ss58Address: ADDRESS, cryptoType: 1 }],
    ['the key type as text', { secretSeed: SEED, ss58Address: ADDRESS, cryptoType: '1' }],
    ['the wrong key type', { secretSeed: SEED, ss58Address: ADDRESS, cryptoType: 0 }],
    [
      'words that are wrong, but a right seed',
      { secretPhrase: 'hello world', secretSeed: SEED, ss58Address: ADDRESS },
    ],
    [
      'words of another key, but a right seed',
      {
        secretPhrase: 'legal winner thank year wave sausage worth useful legal winner thank yellow',
        secretSeed: SEED,
        ss58Address: ADDRESS,
      },
    ],
    [
      'fields of hashed accounts',
      { secretSeed: SEED, ss58Address: ADDRESS, accountType: 'standard', signingScheme: 'sr25519' },
    ],
    ['bare words', PHRASE],
    ['a bare seed with a line break', `${SEED}\n`],
  ])('%s are read', (_what, fields) => {
    const pair = read(fields);
    expect(pair.address).toBe(ADDRESS);
    expect(pair.type).toBe('sr25519');
    // A wrong scalar would still show the right address: only a signature tells.
    expect(signatureVerify('message', pair.sign('message'), ADDRESS).isValid).toBe(true);
  });

  test('an ed25519 key is told by its type, or by its address when the type is missing', () => {
    for (const type of [{ cryptoType: 0 }, {}]) {
      const pair = read({ secretPhrase: PHRASE, ss58Address: ed25519Address(), ...type });
      expect(pair.type).toBe('ed25519');
      expect(pair.address).toBe(ed25519Address());
      expect(signatureVerify('message', pair.sign('message'), pair.address).isValid).toBe(true);
    }
  });

  test('the public key of a private key alone is computed', () => {
    for (const content of [{ privateKey: PRIVATE }, PRIVATE, PRIVATE.slice(2)]) {
      const pair = read(content);
      expect(pair.address).toBe(ADDRESS);
      expect(signatureVerify('message', pair.sign('message'), ADDRESS).isValid).toBe(true);
    }
  });

  test('a private key in the form of polkadot.js is told by the address', () => {
    const privateKey = `0x${Buffer.from(expandSecret(Buffer.from(PRIVATE.slice(2), 'hex'))).toString('hex')}`;
    const pair = read({ privateKey, ss58Address: ADDRESS });
    expect(signatureVerify('message', pair.sign('message'), ADDRESS).isValid).toBe(true);
  });

  test.each(['seed of 32 bytes', 'seed and public key'])('an ed25519 private key is its %s', (form) => {
    const { publicKey } = new Keyring({ type: 'ed25519' }).addFromMnemonic(PHRASE);
    const tail = form === 'seed of 32 bytes' ? '' : Buffer.from(publicKey).toString('hex');
    const pair = read({ privateKey: SEED + tail, cryptoType: '0' });
    expect(pair.address).toBe(ed25519Address());
  });

  test('a wiped key signs no more', () => {
    const key = readKeyfile(PHRASE, 'x');
    key.wipe();
    expect(() => key.pair.sign('message')).toThrow();
  });
});

describe('what is written', () => {
  const account = { accountId: PUBLIC, publicKey: PUBLIC };

  test('has the fields of btcli in its order, and is read back', () => {
    const { secret, public: open, address } = writeKeyfile({ phrase: PHRASE });
    expect(secret).toBe(
      JSON.stringify({
        ...account,
        privateKey: PRIVATE,
        secretPhrase: PHRASE,
        secretSeed: SEED,
        ss58Address: ADDRESS,
        cryptoType: 1,
      }),
    );
    expect(open).toBe(JSON.stringify({ ...account, ss58Address: ADDRESS, cryptoType: 1 }));
    expect(address).toBe(ADDRESS);
    expect(read(secret).address).toBe(ADDRESS);
    expect(Buffer.from(mnemonicToMiniSecret(PHRASE)).toString('hex')).toBe(SEED.slice(2));
  });

  test.each(['sr25519', 'ed25519'] as const)('of a seed alone names no words: %s', (type) => {
    const { secret, address } = writeKeyfile({ seed: Buffer.from(SEED.slice(2), 'hex') }, type);
    expect(JSON.parse(secret)).not.toHaveProperty('secretPhrase');
    expect(read(secret)).toMatchObject({ address, type });
    const { privateKey, cryptoType } = JSON.parse(secret) as Record<string, unknown>;
    expect(read({ privateKey, cryptoType })).toMatchObject({ address, type });
  });
});

describe('keyfiles that cannot be used', () => {
  test.each([
    ['broken JSON', `{"secretSeed": "${SEED}"`, /no valid JSON/],
    ['only public fields', { ss58Address: ADDRESS, publicKey: PUBLIC }, /no usable secret/],
    [
      'a secret of another address',
      { secretSeed: `0x${'11'.repeat(32)}`, ss58Address: ADDRESS },
      /do not belong to its address 5Dfh/,
    ],
    [
      'a private key that is not its address’s',
      { privateKey: `0x${'07'.repeat(64)}`, publicKey: PUBLIC },
      /cannot be read/,
    ],
    [
      'an address with a wrong checksum',
      { secretSeed: SEED, ss58Address: `${ADDRESS.slice(0, -1)}W` },
      /no address of prefix 42/,
    ],
    [
      'an unknown key type',
      { secretSeed: SEED, cryptoType: 7 },
      /cryptoType is "7", expected 0 \(ed25519\) or 1 \(sr25519\)/,
    ],
    [
      'a hashed account',
      { secretSeed: SEED, cryptoType: 2, accountType: 'hashed', signingScheme: 'sr25519' },
      /hashed or ML-DSA account \(hashed, sr25519\)/,
    ],
    [
      'a hashed account of a known key type',
      { secretSeed: SEED, cryptoType: 1, hashedDescriptor: '0x00' },
      /hashed or ML-DSA account/,
    ],
    [
      'an ML-DSA account without its type',
      { secretSeed: SEED, signingScheme: 'ml-dsa-65' },
      /hashed or ML-DSA account \(ml-dsa-65\)/,
    ],
    ['an export of polkadot.js', { encoded: 'abc', encoding: { type: ['none'] } }, /export of polkadot\.js/],
    ['nothing', '', /no usable secret/],
    ['words that are none', 'once upon a time', /no usable secret/],
  ])('%s is an error that names the file and holds no secret', (_what, content, reason) => {
    let message = '';
    try {
      read(content);
    } catch (error) {
      expect(error).toMatchObject({ code: 'WALLET_UNREADABLE' });
      message = (error as Error).message;
    }
    expect(message).toMatch(reason);
    expect(message).toContain('/w/hotkey');
    expect(message).not.toContain(SEED.slice(2, 12));
  });
});
