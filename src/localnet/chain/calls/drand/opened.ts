import { timelockDecrypt, TimelockError } from '../../../../common/timelock/index.js';

/** What a ciphertext holds, opened with the signature of its round; undefined when that cannot be: they are strangers'. */
export function opened(ciphertext: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  try {
    return timelockDecrypt(ciphertext, signature);
  } catch (error) {
    if (error instanceof TimelockError) return undefined;
    throw error;
  }
}
