import { HealthTensorError } from '../../common/errors.js';
import { ANSIBLE_PREFIX, ansibleParts, openAnsible } from './ansible-vault.js';
import { FERNET_PREFIX, fernetKey, fernetParts, openFernet } from './fernet.js';
import { NACL_PREFIX, naclKey, naclParts, openNacl, sealNacl } from './nacl.js';

/** How a keyfile may be encrypted: today's way, and the two before it. */
export type Encryption = 'NaCl' | 'Ansible Vault' | 'Fernet';

const PREFIXES: readonly (readonly [prefix: string, encryption: Encryption])[] = [
  [NACL_PREFIX, 'NaCl'],
  [ANSIBLE_PREFIX, 'Ansible Vault'],
  [FERNET_PREFIX, 'Fernet'],
];

/** How the bytes of a keyfile are encrypted; undefined when they are not. */
export function encryptionOf(bytes: Uint8Array): Encryption | undefined {
  const start = Buffer.from(bytes.subarray(0, 20)).toString('latin1');
  return PREFIXES.find(([prefix]) => start.startsWith(prefix))?.[1];
}

/**
 * The text of an encrypted keyfile. Off the event loop; seconds for NaCl (with 512 MiB) and Fernet.
 * @throws HealthTensorError WRONG_PASSWORD, WALLET_UNREADABLE, OUT_OF_MEMORY; the signal's reason
 */
export async function decryptKeyfile(
  bytes: Uint8Array,
  o: { encryption: Encryption; password: Uint8Array; file: string; signal?: AbortSignal | undefined },
): Promise<string> {
  // What is damaged says so before anybody waits for a key.
  if (o.password.length === 0) throw wrongPassword(o.file);
  const plain = await OPENERS[o.encryption](bytes, o.password, o.file, o.signal);
  if (plain === undefined) throw wrongPassword(o.file);
  const text = Buffer.from(plain).toString('utf8');
  plain.fill(0);
  return text;
}

type Opener = (
  bytes: Uint8Array,
  password: Uint8Array,
  file: string,
  signal?: AbortSignal,
) => Promise<Uint8Array | undefined>;

const OPENERS: Readonly<Record<Encryption, Opener>> = {
  NaCl: async (bytes, password, file, signal) => {
    const parts = naclParts(bytes, file);
    return withKey(await naclKey(password, signal), (key) => openNacl(parts, key));
  },
  'Ansible Vault': (bytes, password, file) => openAnsible(ansibleParts(bytes, file), password),
  Fernet: async (bytes, password, file) => {
    const parts = fernetParts(bytes, file);
    return withKey(await fernetKey(password), (key) => openFernet(parts, key));
  },
};

/** A keyfile encrypted as btcli encrypts today, with the password's bytes. Seconds, and 512 MiB. */
export async function encryptKeyfile(
  text: string,
  password: Uint8Array,
  signal?: AbortSignal,
): Promise<Buffer> {
  const plain = Buffer.from(text);
  try {
    return withKey(await naclKey(password, signal), (key) => sealNacl(plain, key));
  } finally {
    plain.fill(0);
  }
}

function withKey<T>(key: Uint8Array, use: (key: Uint8Array) => T): T {
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

function wrongPassword(file: string): HealthTensorError {
  return new HealthTensorError('WRONG_PASSWORD', `The password does not open ${file}`, {
    remedy:
      'Try again. Should it be the right one, the file is damaged: restore it from its words with healthtensor wallet.',
  });
}
