/** What an image file says of itself before its pixels. */
export interface ImageHeader {
  readonly format: 'PNG' | 'JPEG';
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly bits: number;
  readonly samples: 'gray' | 'colour' | 'palette';
}

/** The most bytes that `readImageHeader` needs; in a JPEG metadata of any length may stand before the sizes. */
export const HEADER_BYTES = 64 * 1024;

/** The sizes in the first bytes of a PNG (ISO 15948, 11.2.2) or JPEG (ITU T.81, B.2.2); undefined when they are not there. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isPng(bytes)) return readPng(view);
  return isJpeg(bytes) ? readJpeg(view) : undefined;
}

export function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, index) => bytes[index] === byte);
}

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function readPng(view: Buffer): ImageHeader | undefined {
  if (view.length < 26 || view.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const colour = view[25] as number;
  const samples = colour === 3 ? 'palette' : (colour & 2) === 0 ? 'gray' : 'colour';
  return {
    format: 'PNG',
    width: view.readUInt32BE(16),
    height: view.readUInt32BE(20),
    bits: view[24] as number,
    samples,
  };
}

function readJpeg(view: Buffer): ImageHeader | undefined {
  let at = 2;
  while (at + 10 <= view.length && view[at] === 0xff) {
    const marker = view[at + 1] as number;
    // Start of frame, whatever the coding; C4, C8 and CC are tables.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return {
        format: 'JPEG',
        bits: view[at + 4] as number,
        height: view.readUInt16BE(at + 5),
        width: view.readUInt16BE(at + 7),
        samples: view[at + 9] === 1 ? 'gray' : 'colour',
      };
    }
    at += marker === 0xff ? 1 : 2 + view.readUInt16BE(at + 2); // FF FF: a byte of padding
  }
  return undefined;
}
