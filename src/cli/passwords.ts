import type { KeyOpening } from '../chain/wallet/open-key.js';
import { passwordFrom, passwordVariable } from '../chain/wallet/password-variable.js';
import { HealthTensorError } from '../common/errors.js';
import { hideSecret } from '../common/log.js';
import { readDotenv } from './options/resolve.js';
import { askSecret, isInteractive } from './prompt.js';

const LEAST_CHARACTERS = 8;

type Environment = NonNullable<KeyOpening['environment']>;

/** How encrypted keyfiles are opened by a command: with a BT_PW_ variable (also in .env), or by asking. */
export function keyOpening(signal: AbortSignal): KeyOpening & { environment: Environment } {
  const environment = { ...readDotenv('.env'), ...process.env };
  if (!isInteractive()) return { environment };
  return { environment, password: (file) => askSecret(`Password of ${file}: `, signal) };
}

/**
 * The password for a keyfile that is about to be made: from its BT_PW_ variable, or typed twice.
 * @throws HealthTensorError NO_PASSWORD, WEAK_PASSWORD, BAD_PASSWORD_VARIABLE, NO_ANSWER; the signal's reason
 */
export async function newPassword(file: string, signal: AbortSignal): Promise<string> {
  const { environment, password: ask } = keyOpening(signal);
  const given = passwordFrom(environment, file)?.toString('utf8');
  if (given !== undefined) {
    hideSecret(given);
    const weakness = weaknessOf(given);
    if (weakness !== undefined) throw weak(`The password in ${passwordVariable(file)} ${weakness}`);
    return given;
  }
  if (ask === undefined) {
    throw new HealthTensorError(
      'NO_PASSWORD',
      `There is no password for ${file}: standard input is no terminal, and ${passwordVariable(file)} is not set`,
      {
        remedy:
          'Set that variable as healthtensor wallet password-variable prints it, or leave the key unencrypted with --use_password False.',
      },
    );
  }
  return typedTwice(file, signal);
}

async function typedTwice(file: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const password = await askSecret(`New password for ${file}: `, signal);
    hideSecret(password);
    const weakness = weaknessOf(password);
    if (weakness !== undefined) process.stderr.write(`It ${weakness}.\n`);
    else if ((await askSecret('The same again: ', signal)) === password) return password;
    else process.stderr.write('The two differ.\n');
  }
}

function weaknessOf(password: string): string | undefined {
  if (password.trim() !== password) return 'begins or ends with a blank, which btcli would cut off';
  if ([...password].length < LEAST_CHARACTERS) return `is shorter than ${LEAST_CHARACTERS} characters`;
  return undefined;
}

function weak(message: string): HealthTensorError {
  return new HealthTensorError('WEAK_PASSWORD', message, {
    remedy: `Choose one of at least ${LEAST_CHARACTERS} characters.`,
  });
}
