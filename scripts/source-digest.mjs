// @ts-check
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * SHA-256 (64 hex digits) over the names and contents of files, independent of the order given.
 * @param {string} root folder that the names are relative to
 * @param {readonly string[]} names
 * @returns {Promise<string>}
 */
export async function digestOfFiles(root, names) {
  const hash = createHash('sha256');
  const sorted = [...names].sort();
  const contents = await Promise.all(sorted.map((name) => readFile(join(root, name))));
  for (const [index, name] of sorted.entries()) {
    const content = /** @type {Buffer} */ (contents[index]);
    // The length keeps two files from looking like one file with the bytes of both.
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * The digest of everything the addon is compiled from: CMakeLists.txt and the C++ files of native/. The build
 * stamp records it and the loader compares it. Undefined when the package came without its native sources.
 * @param {string} root the package's folder
 * @returns {Promise<string | undefined>}
 */
export async function nativeSourceDigest(root) {
  /** @type {string[]} */
  let names;
  try {
    names = await readdir(join(root, 'native'), { recursive: true });
  } catch {
    return undefined;
  }
  const sources = names.filter((name) => /\.(cpp|h|inc)$/.test(name)).map((name) => `native/${name}`);
  return await digestOfFiles(root, ['CMakeLists.txt', ...sources]);
}
