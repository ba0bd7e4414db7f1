import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pngFile } from './png-fixture.js';

/** A gray PNG of one value. */
export function flatPng(value: number, size = 40): Buffer {
  return pngFile('gray', 8, size, () => [value]);
}

/** Writes `Data_Entry.csv` and `images/`; a number stands for a flat gray PNG of that value. */
export async function writeDataset(
  folder: string,
  csv: string | Buffer,
  images: Readonly<Record<string, number | Buffer>>,
): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  await writeFile(join(folder, 'Data_Entry.csv'), csv);
  for (const [name, content] of Object.entries(images)) {
    await writeFile(join(folder, 'images', name), typeof content === 'number' ? flatPng(content) : content);
  }
}

/** A data set of `count` flat images, three a patient, whose gray value is their number. */
export async function writeFlatDataset(folder: string, count: number): Promise<void> {
  const names = Array.from(
    { length: count },
    (_, i) => `${String(Math.floor(i / 3)).padStart(8, '0')}_00${i % 3}.png`,
  );
  const csv = [
    'image_name,label',
    ...names.map((name, i) => `${name},${i % 2 ? 'Mass|Nodule' : 'No Finding'}`),
  ];
  await writeDataset(
    folder,
    `${csv.join('\n')}\n`,
    Object.fromEntries(names.map((name, i) => [name, i % 256])),
  );
}
