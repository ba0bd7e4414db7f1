import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { unreadable } from './keyfile-error.js';

/** The wallets' oldest format: a Fernet token (https://github.com/fernet/spec), which always begins so in base64url. */
export const FERNET_PREFIX = 'gAAAAA';

const SALT = 'Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins';
const ROUNDS = 10_000_000;
/** Version, time, initialisation vector, one block at least, tag. */
const LEAST_BYTES = 1 + 8 + 16 + 16 + 32;

export interface FernetParts {
  /** Everything that the tag covers. */
  readonly signed: Buffer;
  readonly tag: Buffer;
}

/** Some seconds of work on a thread of node's pool. */
export function fernetKey(password: Uint8Array): Promise<Buffer> {
  return promisify(pbkdf2)(password, SALT, ROUNDS, 32, 'sha256');
}

/** @throws HealthTensorError WALLET_UNREADABLE when the text is no token, or cut short */
export function fernetParts(bytes: Uint8Array, file: string): FernetParts {
  const text = Buffer.from(bytes).toString('latin1').trim();
  const token = /^[\w-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (token.length < LEAST_BYTES || token.length % 16 !== LEAST_BYTES % 16)
    throw unreadable(file, 'its Fernet token is cut short or damaged');
  return { signed: token.subarray(0, -32), tag: token.subarray(-32) };
}

/** What the token holds; undefined when the key (16 bytes for the tag, 16 for AES-128-CBC) does not open it. */
export function openFernet({ signed, tag }: FernetParts, key: Uint8Array): Buffer | undefined {
  const expected = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
  if (!timingSafeEqual(expected, tag)) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), signed.subarray(9, 25));
  try {
    return Buffer.concat([decipher.update(signed.subarray(25)), decipher.final()]);
  } catch {
    return undefined; // padding that is none, under a tag that fits: nobody's wallet wrote it
  }
}
