import { mnemonicValidate } from '@polkadot/util-crypto';
import english from '@polkadot/util-crypto/mnemonic/wordlists/en';
import { HealthTensorError } from '../../common/errors.js';
import { hideSecret } from '../../common/log.js';
import type { KeySecret } from './keyfile.js';
import { WORD_COUNTS } from './word-counts.js';

/**
 * What a person typed to restore a key: its words, or its seed in hex. `cryptoWaitReady` must have been awaited.
 * @throws HealthTensorError BAD_SECRET, which tells the place of a slip and never the words
 */
export function typedSecret(text: string): KeySecret {
  const typed = text.trim();
  hideSecret(typed);
  const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(typed)?.[1];
  if (digits !== undefined) return { seed: Uint8Array.from(Buffer.from(digits, 'hex')) };
  const words = typed.toLowerCase().split(/\s+/);
  const phrase = words.join(' ');
  hideSecret(phrase);
  if (mnemonicValidate(phrase)) return { phrase };
  throw new HealthTensorError('BAD_SECRET', `These are not the words of a key: ${slip(words)}`, {
    remedy: `Expected ${WORD_COUNTS.slice(0, -1).join(', ')} or ${WORD_COUNTS.at(-1)} English words with blanks between them, or a seed of 64 hex digits.`,
  });
}

function slip(words: readonly string[]): string {
  const counts: readonly number[] = WORD_COUNTS;
  if (!counts.includes(words.length)) return `there ${words.length === 1 ? 'is 1' : `are ${words.length}`}`;
  const unknown = words.flatMap((word, index) => (english.includes(word) ? [] : [index + 1]));
  return unknown.length > 0
    ? `number ${unknown.join(', ')} is no word of the list`
    : 'each is a word of the list, but one is another or two are swapped (the checksum is wrong)';
}
