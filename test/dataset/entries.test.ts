import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FINDINGS } from '../../src/common/findings.js';
import { readEntries } from '../../src/dataset/entries.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const bit = (finding: (typeof FINDINGS)[number]) => 1 << FINDINGS.indexOf(finding);

async function read(csv: string | Buffer) {
  return inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'Data_Entry.csv'), csv);
    return readEntries(folder);
  });
}

describe('readEntries', () => {
  test('a list without end is refused, however good its rows are', async () => {
    await inTemporaryFolder(async (folder) => {
      const rows = Array.from({ length: 11 }, (_, i) => `a_${i}.png,Mass`);
      await writeFile(join(folder, 'Data_Entry.csv'), `image_name,label\n${rows.join('\n')}\n`);
      expect((await readEntries(folder, undefined, 11)).entries).toHaveLength(11);
      await expect(readEntries(folder, undefined, 10)).rejects.toMatchObject({
        code: 'DATASET_UNREADABLE',
        message: expect.stringMatching(/Data_Entry\.csv lists more than 10 images/),
      });
    });
  });

  test('reads names, patients and labels, with a byte order mark and any line ends', async () => {
    const { entries, badRows } = await read(
      '\ufeffimage_name,label\r\n00000001_000.png,Cardiomegaly|Effusion\n00000001_001.png,No Finding\r\n\nscan.jpg,"Mass"\n',
    );
    expect(badRows).toEqual([]);
    expect(entries).toEqual([
      { name: '00000001_000.png', patient: '00000001', labels: bit('Cardiomegaly') | bit('Effusion') },
      { name: '00000001_001.png', patient: '00000001', labels: 0 },
      { name: 'scan.jpg', patient: 'scan.jpg', labels: bit('Mass') },
    ]);
  });

  test("reads NIH's own header, whose column titles contain commas", async () => {
    const { entries, badRows } = await read(
      'Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,' +
        'OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n' +
        '00000013_005.png,Emphysema|Infiltration,5,13,60,M,AP,3056,2544,0.139,0.139,\n',
    );
    expect(badRows).toEqual([]);
    expect(entries).toEqual([
      { name: '00000013_005.png', patient: '00000013', labels: bit('Emphysema') | bit('Infiltration') },
    ]);
  });

  test('takes the columns by name, in any order', async () => {
    const { entries } = await read('age,label,image_name\n61,Hernia,a_1.png\n');
    expect(entries).toEqual([{ name: 'a_1.png', patient: 'a', labels: bit('Hernia') }]);
  });

  test('leaves out rows it cannot trust and says why, with the line', async () => {
    const { entries, badRows } = await read(
      [
        'image_name,label',
        'a_0.png,Effusion',
        'a_1.png,Pleural Thickening',
        'a_2.png',
        'a_3.png,Mass,extra',
        'a_0.png,Mass',
        '../../etc/x.png,Mass',
        '.hidden.png,Mass',
        'a\u0007b.png,Mass',
        'sub\\x.png,Mass',
        'note.txt,Mass',
        'a_4.png,',
        'a_5.png,No Finding|Mass',
        'a_6.png,Mass',
      ].join('\n'),
    );
    expect(entries.map(({ name }) => name)).toEqual(['a_0.png', 'a_6.png']);
    expect(badRows.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const reasons = badRows.map(({ reason }) => reason);
    expect(reasons[0]).toContain('did you mean Pleural_Thickening?');
    expect(reasons[1]).toBe('1 columns where the header has 2');
    expect(reasons[3]).toBe('a_0.png was already listed in line 2');
    expect(reasons.slice(4, 9)).toEqual(
      Array(5).fill(expect.stringContaining('is no plain .png or .jpg file name')),
    );
    expect(reasons[6]).toContain('\\u0007'); // quoted, never raw, for it goes to terminals
    expect(reasons[9]).toContain('no label');
    expect(reasons[10]).toContain('No Finding together with');
  });

  test.each([
    ['an empty file', '', 'is empty'],
    ['a header alone', 'image_name,label\n', 'no rows'],
    ['missing columns', 'file,label\nx.png,Mass\n', 'needs the columns image_name,label'],
    ['a doubled column', 'image_name,label,label\nx.png,Mass,Edema\n', 'twice'],
    ['an open quote', 'image_name,label\na_0.png,Mass\n"a_1.png,Mass\na_2.png,Mass\n', 'is damaged in line'],
    ['binary rubbish', Buffer.from([0, 255, 1, 254, 10, 13, 0, 7]), 'needs the columns'],
    ['only bad rows', 'image_name,label\nx.gif,Mass\n', 'line 2'],
  ])('%s is one clear error that names the file', async (_, csv, message) => {
    const error = await read(csv).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'DATASET_UNREADABLE',
      remedy: expect.stringContaining('image_name,label'),
    });
    expect((error as Error).message).toContain('Data_Entry.csv');
    expect((error as Error).message).toContain(message);
  });

  test('a missing file names a CSV that may have been meant', async () => {
    await inTemporaryFolder(async (folder) => {
      await expect(readEntries(folder)).rejects.toMatchObject({
        code: 'DATASET_MISSING',
        remedy: expect.stringContaining('healthtensor dataset synth'),
      });
      await writeFile(join(folder, 'Data_Entry_2017.csv'), 'x');
      await expect(readEntries(folder)).rejects.toMatchObject({
        remedy: expect.stringContaining('Data_Entry_2017.csv'),
      });
    });
  });

  test('stops with the reason of the signal', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'Data_Entry.csv'), 'image_name,label\na.png,Mass\n');
      const reason = new Error('enough');
      await expect(readEntries(folder, AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
});
