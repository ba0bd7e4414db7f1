import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { mnemonicToMiniSecret } from '@polkadot/util-crypto';
import { hideSecret } from '../../common/log.js';
import { addressOf } from '../addresses.js';
import { canonicalSecret } from './canonical-key.js';
import { unreadable } from './keyfile-error.js';
import { keyfileFields, type KeyfileFields } from './keyfile-fields.js';
import {
  type KeyType,
  pairFromPhrase,
  pairFromSeed,
  pairsFromPrivateKey,
  type SecretPair,
} from './secret-pair.js';

/** A key that can sign, until it is wiped. */
export interface OpenKey {
  readonly pair: KeyringPair;
  /** Overwrites the secret key in memory; the pair cannot sign any more. */
  wipe(): void;
}

/**
 * The key in the text of an unencrypted keyfile. Secrets are tried in the wallet's own order (words, seed, private
 * key), each under the file's key type first and then under the other; the first that leads to the file's address
 * wins. `cryptoWaitReady` must have been awaited.
 * @throws HealthTensorError WALLET_UNREADABLE; the message names `file` and never holds a secret.
 */
export function readKeyfile(text: string, file: string): OpenKey {
  const fields = keyfileFields(text, file);
  for (const secret of [fields.seed, fields.privateKey]) {
    if (secret === undefined) continue;
    hideSecret(hex(secret));
    hideSecret(hex(secret).slice(2));
  }
  hideSecret(fields.phrase);
  const { publicKey } = fields;
  let found = 0;
  for (const [type, pair] of pairsOf(fields)) {
    found += 1;
    if (publicKey === undefined || Buffer.from(publicKey).equals(pair.publicKey)) return opened(pair, type);
    pair.secretKey.fill(0);
  }
  throw unreadable(
    file,
    found === 0 || publicKey === undefined
      ? 'it holds no usable secret (secretPhrase, secretSeed or privateKey)'
      : `its secrets do not belong to its address ${addressOf(publicKey)}`,
  );
}

function* pairsOf(fields: KeyfileFields): Generator<[KeyType, SecretPair]> {
  const { phrase, seed, privateKey } = fields;
  const types: readonly KeyType[] =
    fields.keyType === 'ed25519' ? ['ed25519', 'sr25519'] : ['sr25519', 'ed25519'];
  for (const type of types) {
    const pair = phrase === undefined ? undefined : pairFromPhrase(phrase, type);
    if (pair !== undefined) yield [type, pair];
  }
  for (const type of types) if (seed !== undefined) yield [type, pairFromSeed(seed, type)];
  for (const type of types) {
    if (privateKey === undefined) continue;
    for (const pair of pairsFromPrivateKey(privateKey, type)) yield [type, pair];
  }
}

function opened({ publicKey, secretKey }: SecretPair, type: KeyType): OpenKey {
  const pair = new Keyring({ type, ss58Format: 42 }).createFromPair({ publicKey, secretKey }, {}, type);
  return {
    pair,
    wipe: () => {
      secretKey.fill(0); // the pair holds these very bytes
      pair.lock();
    },
  };
}

/** What a new keyfile is made from: words, or a seed of 32 bytes. */
export type KeySecret = { readonly phrase: string } | { readonly seed: Uint8Array };

/**
 * The texts of a key's two files as btcli reads them: the keyfile, and the `pub.txt` beside it. The words must be valid.
 */
export function writeKeyfile(
  secret: KeySecret,
  type: KeyType = 'sr25519',
): { secret: string; public: string; address: string } {
  const phrase = 'phrase' in secret ? secret.phrase : undefined;
  const seed = 'seed' in secret ? secret.seed : mnemonicToMiniSecret(secret.phrase);
  const { publicKey, secretKey } = pairFromSeed(seed, type);
  const address = addressOf(publicKey);
  const cryptoType = type === 'ed25519' ? 0 : 1;
  const account = { accountId: hex(publicKey), publicKey: hex(publicKey) };
  return {
    address,
    public: JSON.stringify({ ...account, ss58Address: address, cryptoType }),
    secret: JSON.stringify({
      ...account,
      privateKey: hex(type === 'ed25519' ? seed : canonicalSecret(secretKey)),
      ...(phrase === undefined ? {} : { secretPhrase: phrase }),
      secretSeed: hex(seed),
      ss58Address: address,
      cryptoType,
    }),
  };
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
