import { addressOf, publicKeyOf } from '../addresses.js';
import { unreadable } from './keyfile-error.js';
import type { KeyType } from './secret-pair.js';

/** What the text of an unencrypted keyfile says, before anything is derived from it. */
export interface KeyfileFields {
  /** Words, one blank between them; not checked. */
  readonly phrase: string | undefined;
  /** 32 bytes. */
  readonly seed: Uint8Array | undefined;
  /** 64 bytes, or 32 as the wallets write it for ed25519. */
  readonly privateKey: Uint8Array | undefined;
  /** The account that the file claims to be of, 32 bytes. */
  readonly publicKey: Uint8Array | undefined;
  /** What the file says; old files say nothing, and some say the wrong one. */
  readonly keyType: KeyType | undefined;
}

/**
 * Reads btcli's JSON of every age (nulls, a blank before a name, numbers as text), a bare seed or private key in hex,
 * or bare words.
 * @throws HealthTensorError WALLET_UNREADABLE; the message names `file` and never holds a secret.
 */
export function keyfileFields(text: string, file: string): KeyfileFields {
  const trimmed = text.trim();
  const fields = trimmed.startsWith('{') ? jsonFields(trimmed, file) : bareSecret(trimmed);
  return {
    phrase: fields.get('secretPhrase')?.trim().split(/\s+/).join(' '),
    seed: bytesOf(fields.get('secretSeed'), 32),
    privateKey: bytesOf(fields.get('privateKey'), 64) ?? bytesOf(fields.get('privateKey'), 32),
    publicKey: claimedKey(fields, file),
    keyType: keyType(fields, file),
  };
}

/** The address that the text of a keyfile, or of a `pub.txt` beside it, claims; undefined when it claims none. */
export function claimedAddress(text: string, file: string): string | undefined {
  const { publicKey } = keyfileFields(text, file);
  return publicKey && addressOf(publicKey);
}

function jsonFields(text: string, file: string): Map<string, string> {
  let value: object;
  try {
    value = JSON.parse(text) as object; // begins with a brace
  } catch {
    throw unreadable(file, 'it is no valid JSON'); // the parser's message would quote the secret
  }
  if ('encoded' in value || 'encoding' in value) {
    throw unreadable(
      file,
      'it is an export of polkadot.js, which has its own encryption, not a Bittensor keyfile; take the words from there',
    );
  }
  const fields = new Map<string, string>();
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === 'string' || typeof field === 'number') fields.set(name.trim(), String(field));
  }
  return fields;
}

function bareSecret(text: string): Map<string, string> {
  const digits = /^(?:0x)?([0-9a-fA-F]+)$/.exec(text)?.[1]?.length;
  return new Map([[digits === 64 ? 'secretSeed' : digits === 128 ? 'privateKey' : 'secretPhrase', text]]);
}

function claimedKey(fields: Map<string, string>, file: string): Uint8Array | undefined {
  const address = fields.get('ss58Address');
  if (address !== undefined) {
    try {
      return publicKeyOf(address);
    } catch (cause) {
      throw unreadable(
        file,
        `its ss58Address ${JSON.stringify(address.slice(0, 80))} is no address of prefix 42`,
        cause,
      );
    }
  }
  return bytesOf(fields.get('publicKey'), 32) ?? bytesOf(fields.get('accountId'), 32);
}

function keyType(fields: Map<string, string>, file: string): KeyType | undefined {
  const code = fields.get('cryptoType')?.trim();
  const classical = code === undefined || code === '0' || code === '1';
  const kinds = [fields.get('accountType'), fields.get('signingScheme')].filter((kind) => kind !== undefined);
  if (fields.has('hashedDescriptor') || !classical || kinds.some((kind) => /hash|ml-?dsa/i.test(kind))) {
    const named = kinds.length > 0 ? ` (${kinds.join(', ').slice(0, 80)})` : '';
    throw unreadable(
      file,
      `it is of a hashed or ML-DSA account${named}, or of an unknown kind: its cryptoType is ${JSON.stringify(code?.slice(0, 20) ?? 'missing')}, ` +
        'expected 0 (ed25519) or 1 (sr25519)',
    );
  }
  return code === undefined ? undefined : code === '0' ? 'ed25519' : 'sr25519';
}

function bytesOf(text: string | undefined, length: number): Uint8Array | undefined {
  const digits = text?.trim().replace(/^0x/, '');
  if (digits === undefined || digits.length !== 2 * length || !/^[0-9a-fA-F]+$/.test(digits))
    return undefined;
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
