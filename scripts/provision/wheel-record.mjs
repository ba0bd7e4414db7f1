// @ts-check
import { SetupError } from '../setup-error.mjs';

/**
 * The RECORD of a wheel (PEP 376 and the binary distribution format): `path,sha256=<urlsafe base64>,size` a line.
 * @param {string} text
 * @param {string} wheel name, for errors
 * @returns {Map<string, {sha256: string, size: number}>} by path; files without a hash (RECORD itself) are left out
 */
export function parseRecord(text, wheel) {
  const files = new Map();
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const fields = /^(?:"((?:[^"]|"")*)"|([^,"]*)),([^,]*),(\d*)$/.exec(line);
    if (fields === null)
      throw new SetupError(`The RECORD of ${wheel} has a line that is not name,hash,size: ${line}`);
    const path = fields[1]?.replaceAll('""', '"') ?? fields[2] ?? '';
    const [, algorithm, hash] = /^(\w+)=(.+)$/.exec(fields[3] ?? '') ?? [];
    if (algorithm === 'sha256' && hash !== undefined) {
      const sha256 = Buffer.from(hash, 'base64url').toString('hex');
      files.set(path, { sha256, size: fields[4] === '' ? NaN : Number(fields[4]) });
    }
  }
  return files;
}
