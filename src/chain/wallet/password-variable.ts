import { HealthTensorError } from '../../common/errors.js';

/**
 * The environment variable in which the wallets look for a keyfile's password: BT_PW_ and the file's absolute path in
 * capitals, with `_` for slashes and dots (btwallet, src/keyfile.rs).
 */
export function passwordVariable(file: string): string {
  return `BT_PW_${file.replaceAll(/[/.]/g, '_').toUpperCase()}`;
}

/**
 * The password in that variable, as bytes that the caller overwrites; undefined when the variable is not set.
 * @throws HealthTensorError BAD_PASSWORD_VARIABLE when it does not hold what `obscurePassword` makes
 */
export function passwordFrom(
  environment: Readonly<Record<string, string | undefined>>,
  file: string,
): Buffer | undefined {
  const name = passwordVariable(file);
  const value = environment[name]?.trim();
  if (value === undefined || value === '') return undefined;
  const password = xor(Buffer.from(value, 'base64'), name);
  const sound = /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0 && isText(password);
  if (sound) return password;
  throw new HealthTensorError(
    'BAD_PASSWORD_VARIABLE',
    `The variable ${name} does not hold a password in the form that wallets use: base64 of its bytes XORed with the variable's name`,
    { remedy: 'healthtensor wallet password-variable prints the right line.' },
  );
}

/** The variable's value. It hides the password from a glance, no more: whoever reads it can undo it. */
export function obscurePassword(password: string, file: string): string {
  return xor(Buffer.from(password), passwordVariable(file)).toString('base64');
}

function xor(bytes: Buffer, name: string): Buffer {
  const key = Buffer.from(name);
  return bytes.map((byte, index) => byte ^ (key[index % key.length] ?? 0)) as Buffer;
}

function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // eslint-disable-next-line no-control-regex
    return !/[\u0000-\u001f\u007f]/.test(text);
  } catch {
    return false;
  }
}
