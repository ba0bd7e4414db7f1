import { HealthTensorError } from '../common/errors.js';

/** Answers of a node are believed only after these checks: a node may be broken, hostile or no subtensor at all. */
export type Json = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw badAnswer(what, 'an object', value);
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badAnswer(what, 'a list', value);
}

/** Even-length hex with 0x in front, lower case. */
export function asHex(value: unknown, what: string): string {
  if (typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase();
  throw badAnswer(what, 'hex bytes', value);
}

/** A 32-byte hash as 0x and 64 hex digits. */
export function asHash(value: unknown, what: string): string {
  const hash = asHex(value, what);
  if (hash.length === 66) return hash;
  throw badAnswer(what, 'a hash of 32 bytes', value);
}

/** A whole number >= 0 that is exact in float64, given as a number, decimal text or big-endian 0x hex. */
export function asNumber(value: unknown, what: string): number {
  const big = asBigInt(value, what);
  if (big <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(big);
  throw badAnswer(what, 'a number below 2^53', value);
}

export function asBigInt(value: unknown, what: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/.test(value)) return BigInt(value);
  throw badAnswer(what, 'a whole number', value);
}

export function asBoolean(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw badAnswer(what, 'true or false', value);
}

/** The first characters of a stranger's JSON value. */
export function shownJson(value: unknown, length: number): string {
  try {
    return (JSON.stringify(value) ?? 'nothing').slice(0, length);
  } catch {
    return 'a value nested too deeply'; // JSON.parse has no such bound
  }
}

function badAnswer(what: string, expected: string, received: unknown): HealthTensorError {
  const shown = shownJson(received, 80);
  return new HealthTensorError(
    'CHAIN_BAD_ANSWER',
    `Expected ${expected} for ${what} but the node sent ${shown}`,
    {
      remedy: 'Check that the endpoint is a subtensor node, or use another one.',
    },
  );
}
