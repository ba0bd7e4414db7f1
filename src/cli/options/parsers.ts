import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { OptionError } from '../../common/errors.js';

/** A parser of whole numbers within bounds, both included. */
export function integer(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (option: string, text: string) => number {
  const expected = `a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`;
  return (option, text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text.trim()) || value < least || value > most)
      throw new OptionError(option, expected, text);
    return value;
  };
}

/** A parser of finite numbers within bounds, both included. */
export function number(least: number, most: number): (option: string, text: string) => number {
  return (option, text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
      throw new OptionError(option, `a number from ${least} to ${most}`, text);
    }
    return value;
  };
}

/** A parser of a word out of a list, in any case; returns the list's spelling. */
export function choice<const Words extends readonly string[]>(
  ...words: Words
): (option: string, text: string) => Words[number] {
  return (option, text) => {
    const found = words.find((word) => word.toLowerCase() === text.trim().toLowerCase());
    if (found === undefined) throw new OptionError(option, `one of ${words.join(', ')}`, text, words);
    return found;
  };
}

/** True and False as Python and people write them. */
export function boolean(option: string, text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new OptionError(option, 'True or False', text, ['True', 'False']);
}

/** Text that is not empty. */
export function text(option: string, value: string): string {
  if (value.trim() === '') throw new OptionError(option, 'some text', value);
  return value.trim();
}

/** A path, `~` and relative ones made absolute. */
export function path(option: string, value: string): string {
  const given = text(option, value);
  return given === '~' || given.startsWith('~/') ? join(homedir(), given.slice(1)) : resolve(given);
}
