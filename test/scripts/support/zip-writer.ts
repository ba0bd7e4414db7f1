import { createHash } from 'node:crypto';
import zlib from 'node:zlib';

export interface ZipEntry {
  name: string;
  content: string | Buffer;
  /** Unix mode with file type; a regular file when left out. */
  mode?: number;
  /** What the archive claims, when it is to lie. */
  crc32?: number;
}

/** A zip of stored (uncompressed) entries, byte by byte, so that tests can also write what no honest tool would. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content);
    const crc = entry.crc32 ?? zlib.crc32(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const madeBy = Buffer.from([20, 3]); // Unix
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, content]);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, rest, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

export function sha256(content: string | Buffer, encoding: 'hex' | 'base64url' = 'hex'): string {
  return createHash('sha256').update(content).digest(encoding);
}

/** A wheel: the files and a true RECORD, in which `record` may replace lines. */
export function wheelOf(
  files: Readonly<Record<string, string>>,
  record: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries(files).map(
    ([name, content]) =>
      record[name] ?? `${name},sha256=${sha256(content, 'base64url')},${Buffer.byteLength(content)}`,
  );
  const entries = Object.entries(files).map(([name, content]) => ({ name, content }));
  const info = 'torch-0.dist-info/RECORD';
  return zipOf([...entries, { name: info, content: [...lines, `${info},,`, ''].join('\n') }]);
}
