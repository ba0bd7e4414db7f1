import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { join } from 'node:path';
import { configure } from '../../src/cli/dataset.js';
import { writeDataset } from '../dataset/dataset-fixture.js';
import { pngFile } from '../dataset/png-fixture.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const written: string[] = [];
beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  written.length = 0;
});

/** The exit code of `healthtensor dataset check` with these flags. */
async function check(...flags: string[]): Promise<number> {
  const before = process.exitCode;
  process.exitCode = undefined; // whatever ran here before
  const command = new Command('dataset');
  configure(command);
  try {
    await command.parseAsync(['check', ...flags], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } finally {
    process.exitCode = before;
  }
}

test('dataset check tells by its exit code whether all is well, and by --json what is not', () =>
  inTemporaryFolder(async (path) => {
    const picture = pngFile('gray', 8, 64, (x, y) => [(x * y) % 256]);
    await writeDataset(path, 'image_name,label\na_0.png,Mass\n', { 'a_0.png': picture });
    expect(await check('--dataset.path', path)).toBe(0);
    expect(written.join('')).toContain('no problems');
    await writeDataset(path, 'image_name,label\na_0.png,Mass\nb_0.png,Edema\n', { 'b_0.png': picture });
    written.length = 0;
    expect(await check('--dataset.path', path, '--json')).toBe(2);
    expect(JSON.parse(written.join(''))).toMatchObject({
      readable: 2,
      duplicates: [{ severalPatients: true, labelsDiffer: true, images: [{}, { copyOf: 'a_0.png' }] }],
    });
    written.length = 0;
    expect(await check('--dataset.path', join(path, 'absent'))).toBe(1);
    expect(written.join('')).toContain('cannot be opened');
    written.length = 0;
    expect(await check('--dataset.path', join(path, 'Data_Entry.csv'))).toBe(1);
    expect(written.join('')).toMatch(/Data_Entry.csv cannot be opened.*not a directory/);
  }));

test('what strangers wrote into the list does not reach the terminal as it is', () =>
  inTemporaryFolder(async (path) => {
    const picture = pngFile('gray', 8, 64, (x, y) => [(x * y) % 256]);
    // A control sequence that clears the screen, in one byte of Latin-1, and one that turns the direction of writing.
    const rows = 'a_0.png,Mass\n\u009b2Jb_0.png,Mass\nc_0.png,Ma\u202ess\n';
    await writeDataset(path, `image_name,label\n${rows}`, { 'a_0.png': picture });
    expect(await check('--dataset.path', path)).toBe(2);
    await writeDataset(path, `${'\u009b2J'.repeat(5)},label\n`, {});
    expect(await check('--dataset.path', path)).toBe(1);
    expect(written.join('')).toContain('?2Jb_0.png');
    expect(written.join('')).not.toMatch(/[^\P{C}\n]/u);
  }));

test('a sheet that cannot be written is refused before the images are read', () =>
  inTemporaryFolder(async (path) => {
    for (const sheet of [path, join(path, 'absent', 'sheet.png')]) {
      written.length = 0;
      expect(await check('--dataset.path', join(path, 'nowhere'), '--sheet', sheet)).toBe(1);
      expect(written.join('')).toContain('Expected a file in a folder that may be written to for --sheet');
    }
  }));
