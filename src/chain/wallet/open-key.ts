import { cryptoWaitReady } from '@polkadot/util-crypto';
import { HealthTensorError } from '../../common/errors.js';
import { hideSecret, type Log } from '../../common/log.js';
import { decryptKeyfile, type Encryption, encryptionOf } from './encryption.js';
import { isOpenToOthers, type KeyBytes } from './key-bytes.js';
import { type OpenKey, readKeyfile } from './keyfile.js';
import { passwordFrom, passwordVariable } from './password-variable.js';

/** Asks a person for the password of an encrypted keyfile. */
export type AskPassword = (file: string) => Promise<string>;

/** Where the password of an encrypted keyfile comes from. */
export interface KeyOpening {
  /** Asked when the file is encrypted and the environment has no password for it; none: that is an error. */
  readonly password?: AskPassword | undefined;
  /** Where BT_PW_ variables are looked for. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface UnlockOptions extends KeyOpening {
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The key in a keyfile, decrypted when it must be.
 * @throws HealthTensorError WALLET_ENCRYPTED (nobody to ask), WRONG_PASSWORD, BAD_PASSWORD_VARIABLE, WALLET_UNREADABLE,
 * OUT_OF_MEMORY; the signal's reason
 */
export async function openKey(file: string, { bytes, mode }: KeyBytes, o: UnlockOptions): Promise<OpenKey> {
  if (isOpenToOthers(mode)) {
    o.log?.warning(`Other users may read the key ${file} (mode ${mode.toString(8)}): chmod 600 ${file}`);
  }
  await cryptoWaitReady();
  try {
    const encryption = encryptionOf(bytes);
    if (encryption === undefined) return readKeyfile(bytes.toString('utf8'), file);
    const password = await passwordOf(file, encryption, o);
    try {
      if (encryption !== 'Ansible Vault') o.log?.info(`Opening ${file}${cost(encryption)}`);
      const text = await decryptKeyfile(bytes, { encryption, password, file, signal: o.signal });
      return readKeyfile(text, file);
    } finally {
      password.fill(0);
    }
  } finally {
    bytes.fill(0);
  }
}

function cost(encryption: Encryption): string {
  return `, which takes seconds${encryption === 'NaCl' ? ' and 512 MiB of memory' : ''} by design`;
}

async function passwordOf(file: string, encryption: Encryption, o: UnlockOptions): Promise<Buffer> {
  const given = passwordFrom(o.environment ?? process.env, file);
  if (given !== undefined) {
    hideSecret(given.toString('utf8'));
    return given;
  }
  if (o.password !== undefined) {
    const typed = await o.password(file);
    hideSecret(typed);
    return Buffer.from(typed);
  }
  throw new HealthTensorError(
    'WALLET_ENCRYPTED',
    `The key in ${file} is encrypted (${encryption}), and there is no password: standard input is no terminal, ` +
      `and ${passwordVariable(file)} is not set`,
    {
      remedy:
        'Start it in a terminal to be asked, or set that variable as healthtensor wallet password-variable prints it.',
    },
  );
}
