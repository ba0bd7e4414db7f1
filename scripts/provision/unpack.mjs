// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import zlib from 'node:zlib';
import yauzl from 'yauzl';
import { SetupError, messageOf } from '../setup-error.mjs';
import { placeOfWheelFile, placeOfZipFile } from './archive-contents.mjs';
import { parseRecord } from './wheel-record.mjs';

const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;
const MAX_RECORD_BYTES = 16e6;

/**
 * Unpacks the kept files of an archive. Every path is checked before it is written, every file's CRC-32 after, and
 * with `record` every file's SHA-256 and size.
 * @param {string} archive
 * @param {string} destination
 * @param {{place: (name: string) => string | undefined, maxBytes: number,
 *   record?: Map<string, {sha256: string, size: number}>, onProgress?: (bytes: number) => void}} options
 * @returns {Promise<Record<string, number>>} sizes of the shared libraries written, by path
 */
export async function unpackZip(archive, destination, options) {
  /** @type {Record<string, number>} */
  const libraries = {};
  const folders = new Set();
  let total = 0;
  try {
    const zip = await yauzl.openPromise(archive, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        refuseUnsafe(entry);
        const path = entry.fileName.endsWith('/') ? undefined : options.place(entry.fileName);
        if (path === undefined) continue;
        total += entry.uncompressedSize;
        if (total > options.maxBytes)
          throw new SetupError(`it unpacks to more than ${options.maxBytes} bytes`);
        const target = join(destination, path);
        if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
        folders.add(dirname(target));
        await writeEntry(zip, entry, target, options.record);
        if (/\.so(\.|$)/.test(path)) libraries[path] = entry.uncompressedSize;
        options.onProgress?.(total);
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    throw new SetupError(`The archive ${archive} is refused: ${messageOf(error)}`, [], error);
  }
  return libraries;
}

/**
 * Unpacks a wheel against its own RECORD.
 * @param {string} wheel
 * @param {string} destination
 * @param {{maxBytes: number, onProgress?: (bytes: number) => void}} options
 */
export async function unpackWheel(wheel, destination, options) {
  const record = parseRecord(await readRecord(wheel), wheel);
  return await unpackZip(wheel, destination, { ...options, place: placeOfWheelFile, record });
}

/**
 * Unpacks the official libtorch zip.
 * @param {string} zip
 * @param {string} destination
 * @param {{maxBytes: number, onProgress?: (bytes: number) => void}} options
 */
export async function unpackLibtorchZip(zip, destination, options) {
  return await unpackZip(zip, destination, { ...options, place: placeOfZipFile });
}

/**
 * SHA-256 of a file as 64 hex digits.
 * @param {string} path
 */
export async function sha256File(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * yauzl itself refuses absolute and parent paths; links would lead out of the folder all the same.
 * @param {yauzl.Entry} entry
 */
function refuseUnsafe(entry) {
  const name = entry.fileName;
  if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) {
    throw new SetupError(`the path ${JSON.stringify(name)} leads out of the folder`);
  }
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMLINK) {
    throw new SetupError(`${JSON.stringify(name)} is a symbolic link`);
  }
}

/**
 * @param {yauzl.ZipFile} zip
 * @param {yauzl.Entry} entry
 * @param {string} path
 * @param {Map<string, {sha256: string, size: number}> | undefined} record
 */
async function writeEntry(zip, entry, path, record) {
  const expected = record?.get(entry.fileName);
  if (record !== undefined && expected === undefined) {
    throw new SetupError(`${entry.fileName} is not in the wheel's RECORD`);
  }
  const hash = expected === undefined ? undefined : createHash('sha256');
  let crc = 0;
  // 'wx': a name that stands twice in the archive is an error, not an overwrite.
  const file = await open(path, 'wx', /\.so(\.|$)/.test(path) ? 0o755 : 0o644);
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      crc = zlib.crc32(chunk, crc);
      hash?.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  if (crc !== entry.crc32) throw new SetupError(`${entry.fileName} is damaged (CRC-32)`);
  if (expected === undefined || hash === undefined) return;
  if (hash.digest('hex') !== expected.sha256 || entry.uncompressedSize !== expected.size) {
    throw new SetupError(`${entry.fileName} is not the file that the wheel's RECORD describes (SHA-256)`);
  }
}

/** @param {string} wheel */
async function readRecord(wheel) {
  try {
    const zip = await yauzl.openPromise(wheel, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        if (!/^[^/]+\.dist-info\/RECORD$/.test(entry.fileName)) continue;
        if (entry.uncompressedSize > MAX_RECORD_BYTES) throw new SetupError('its RECORD is too large');
        const chunks = [];
        for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
        return Buffer.concat(chunks).toString('utf8');
      }
    } finally {
      zip.close();
    }
    throw new SetupError('it has no RECORD');
  } catch (error) {
    throw new SetupError(`The wheel ${wheel} is refused: ${messageOf(error)}`, [], error);
  }
}
