import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import {
  ed25519PairFromSeed,
  mnemonicToMiniSecret,
  mnemonicValidate,
  sr25519PairFromSeed,
} from '@polkadot/util-crypto';
import { HealthTensorError } from '../common/errors.js';
import { hideSecret } from '../common/log.js';
import { addressOf, publicKeyOf } from './addresses.js';
import { canonicalSecret, expandSecret } from './canonical-key.js';

type KeyType = 'sr25519' | 'ed25519';

interface SecretPair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

const ENCRYPTED: readonly (readonly [prefix: string, scheme: string])[] = [
  ['$NACL', 'NaCl'],
  ['$ANSIBLE_VAULT', 'Ansible Vault'],
  ['gAAAAA', 'Fernet, the oldest kind'],
];

/**
 * The key pair in the text of an unencrypted keyfile: btcli's JSON of every age, a bare seed in hex or bare words.
 * Secrets are tried in the wallet's own order (words, seed, private key), each under the named key type first; the
 * first that leads to the file's address wins. `cryptoWaitReady` must have been awaited.
 * @throws HealthTensorError WALLET_ENCRYPTED, WALLET_UNREADABLE; the message names `file` and never holds a secret.
 */
export function readKeyfile(text: string, file: string): KeyringPair {
  const trimmed = text.trim();
  const encrypted = ENCRYPTED.find(([prefix]) => trimmed.startsWith(prefix));
  if (encrypted !== undefined) {
    throw new HealthTensorError(
      'WALLET_ENCRYPTED',
      `The key in ${file} is encrypted (${encrypted[1]}), which is not supported yet`,
      { remedy: 'Use a hotkey without a password, as btcli makes it by default: btcli wallet new-hotkey.' },
    );
  }
  const fields = trimmed.startsWith('{') ? jsonFields(trimmed, file) : bareSecret(trimmed);
  const expected = expectedKey(fields, file);
  const types = keyTypes(fields.get('cryptoType'), file);
  let found = 0;
  for (const name of ['secretPhrase', 'secretSeed', 'privateKey']) hideSecret(fields.get(name));
  for (const secret of secretsOf(fields, expected)) {
    for (const type of types) {
      const pair = secret(type);
      if (pair === undefined) continue;
      found += 1;
      if (expected === undefined || Buffer.from(expected).equals(pair.publicKey)) {
        return new Keyring({ type, ss58Format: 42 }).createFromPair(pair, {}, type);
      }
    }
  }
  throw unreadable(
    file,
    found === 0
      ? 'it holds no usable secret (secretPhrase, secretSeed or privateKey)'
      : `its secrets do not belong to its address ${addressOf(expected as Uint8Array)}`,
  );
}

/** The text of an unencrypted sr25519 keyfile made from words, which btcli reads. */
export function writeKeyfile(mnemonic: string): string {
  const seed = mnemonicToMiniSecret(mnemonic);
  const pair = sr25519PairFromSeed(seed);
  return JSON.stringify({
    ...publicFields(pair.publicKey),
    privateKey: hex(canonicalSecret(pair.secretKey)),
    secretPhrase: mnemonic,
    secretSeed: hex(seed),
  });
}

/** The text of `coldkeypub.txt` and `<hotkey>pub.txt`. */
export function writePublicKeyfile(publicKey: Uint8Array): string {
  return JSON.stringify(publicFields(publicKey));
}

function publicFields(publicKey: Uint8Array): Record<string, string> {
  return { accountId: hex(publicKey), publicKey: hex(publicKey), ss58Address: addressOf(publicKey) };
}

/** Field names trimmed, since some files have a blank before `ss58Address`; nulls of old files left out. */
function jsonFields(text: string, file: string): Map<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(file, 'it is no valid JSON'); // the parser's message would quote the secret
  }
  const fields = new Map<string, string>();
  for (const [name, field] of Object.entries(value as Record<string, unknown>)) {
    if (typeof field === 'string' || typeof field === 'number') fields.set(name.trim(), String(field));
  }
  if (fields.has('encoded') || (value as Record<string, unknown>)['encoding'] !== undefined) {
    throw unreadable(
      file,
      'it is an export of polkadot.js, not a Bittensor keyfile; import it with btcli wallet regen-hotkey',
    );
  }
  return fields;
}

function bareSecret(text: string): Map<string, string> {
  return new Map([[/^(0x)?[0-9a-fA-F]{64}$/.test(text) ? 'secretSeed' : 'secretPhrase', text]]);
}

function expectedKey(fields: Map<string, string>, file: string): Uint8Array | undefined {
  const address = fields.get('ss58Address');
  if (address !== undefined) {
    try {
      return publicKeyOf(address);
    } catch (cause) {
      throw unreadable(file, `its ss58Address ${JSON.stringify(address)} is no address of prefix 42`, cause);
    }
  }
  return bytesOf(fields.get('publicKey'), 32) ?? bytesOf(fields.get('accountId'), 32);
}

/** The named type first, then the other: old files have none, and some name the wrong one. */
function keyTypes(cryptoType: string | undefined, file: string): readonly KeyType[] {
  if (cryptoType === undefined || cryptoType === '1') return ['sr25519', 'ed25519'];
  if (cryptoType === '0') return ['ed25519', 'sr25519'];
  throw unreadable(
    file,
    `its cryptoType is ${JSON.stringify(cryptoType)}, expected 0 (ed25519) or 1 (sr25519)`,
  );
}

function secretsOf(
  fields: Map<string, string>,
  expected: Uint8Array | undefined,
): ((type: KeyType) => SecretPair | undefined)[] {
  const phrase = fields.get('secretPhrase')?.trim().split(/\s+/).join(' ');
  const seed = bytesOf(fields.get('secretSeed'), 32);
  const privateKey = bytesOf(fields.get('privateKey'), 64);
  return [
    (type) =>
      phrase !== undefined && mnemonicValidate(phrase)
        ? fromSeed(mnemonicToMiniSecret(phrase), type)
        : undefined,
    (type) => (seed === undefined ? undefined : fromSeed(seed, type)),
    (type) => (privateKey === undefined ? undefined : fromPrivateKey(privateKey, expected, type)),
  ];
}

function fromSeed(seed: Uint8Array, type: KeyType): SecretPair {
  return type === 'sr25519' ? sr25519PairFromSeed(seed) : ed25519PairFromSeed(seed);
}

/**
 * An ed25519 private key begins with its seed. An sr25519 one does not tell its public key without a scalar
 * multiplication that the libraries do not offer, so the file's own public key is believed once a signature made with
 * the pair verifies under it.
 */
function fromPrivateKey(
  privateKey: Uint8Array,
  publicKey: Uint8Array | undefined,
  type: KeyType,
): SecretPair | undefined {
  if (type === 'ed25519') return ed25519PairFromSeed(privateKey.slice(0, 32));
  if (publicKey === undefined) return undefined;
  const pair = { publicKey, secretKey: expandSecret(privateKey) };
  return signsFor(pair) ? pair : undefined;
}

function signsFor(pair: SecretPair): boolean {
  const key = new Keyring({ type: 'sr25519' }).createFromPair(pair, {}, 'sr25519');
  const message = Uint8Array.from(Buffer.from('healthtensor keyfile check'));
  try {
    return key.verify(message, key.sign(message), pair.publicKey);
  } catch {
    return false; // bytes that are no scalar
  }
}

function bytesOf(text: string | undefined, length: number): Uint8Array | undefined {
  const digits = text?.trim().replace(/^0x/, '');
  if (digits === undefined || digits.length !== 2 * length || !/^[0-9a-fA-F]+$/.test(digits))
    return undefined;
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

function unreadable(file: string, reason: string, cause?: unknown): HealthTensorError {
  return new HealthTensorError('WALLET_UNREADABLE', `The key in ${file} cannot be read: ${reason}`, {
    remedy: 'Restore the file from its words: btcli wallet regen-hotkey.',
    cause,
  });
}
