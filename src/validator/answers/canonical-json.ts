import { HealthTensorError } from '../../common/index.js';

/**
 * The one text of a JSON value (RFC 8785, JSON Canonicalization Scheme): keys in the order of their UTF-16 code units, no
 * blanks, numbers and strings as ECMAScript writes them. Whoever parses a report and writes it so gets the signed bytes.
 * Keys whose value is undefined are left out, as JSON.stringify does.
 * @throws HealthTensorError NOT_CANONICAL for what JSON cannot hold: no number, half a surrogate pair, a function
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${scalar(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return scalar(value);
}

function scalar(value: unknown): string {
  const sound =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && isWellFormed(value));
  if (sound) return JSON.stringify(value);
  throw new HealthTensorError('NOT_CANONICAL', `JSON cannot hold this ${typeof value}`);
}

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
