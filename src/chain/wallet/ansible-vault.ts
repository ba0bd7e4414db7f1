import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { unreadable } from './keyfile-error.js';

/** The wallets' middle format: Ansible Vault 1.1, or 1.2 which adds a label; AES256 alone. */
export const ANSIBLE_PREFIX = '$ANSIBLE_VAULT';

const ROUNDS = 10_000;

export interface AnsibleParts {
  readonly salt: Buffer;
  readonly tag: Buffer;
  readonly sealed: Buffer;
}

/**
 * A header line; then, in lines of hex, the hex of three things with a line break between each: salt, tag, ciphertext.
 * @throws HealthTensorError WALLET_UNREADABLE
 */
export function ansibleParts(bytes: Uint8Array, file: string): AnsibleParts {
  const [header = '', ...lines] = Buffer.from(bytes).toString('latin1').trim().split(/\r?\n/);
  const [, version = '', cipher = ''] = header.trim().split(';');
  if (!['1.1', '1.2'].includes(version) || cipher !== 'AES256') {
    throw unreadable(
      file,
      `it is an Ansible Vault ${JSON.stringify(`${version};${cipher}`.slice(0, 40))}, expected 1.1 or 1.2 with AES256`,
    );
  }
  const inner = fromHex(lines.map((line) => line.trim()).join(''))?.toString('latin1') ?? '';
  const [salt, tag, sealed, ...rest] = inner.split('\n').map(fromHex);
  if (
    salt === undefined ||
    tag?.length !== 32 ||
    sealed === undefined ||
    sealed.length === 0 ||
    rest.length > 0
  )
    throw unreadable(file, 'its Ansible Vault is cut short or damaged');
  return { salt, tag, sealed };
}

/** What the vault holds; undefined when the password does not open it. */
export async function openAnsible(
  { salt, tag, sealed }: AnsibleParts,
  password: Uint8Array,
): Promise<Buffer | undefined> {
  const keys = await promisify(pbkdf2)(password, salt, ROUNDS, 80, 'sha256');
  try {
    const expected = createHmac('sha256', keys.subarray(32, 64)).update(sealed).digest();
    if (!timingSafeEqual(expected, tag)) return undefined;
    const decipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64));
    const padded = Buffer.concat([decipher.update(sealed), decipher.final()]);
    return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)); // PKCS#7, vouched for by the tag
  } finally {
    keys.fill(0);
  }
}

function fromHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}
