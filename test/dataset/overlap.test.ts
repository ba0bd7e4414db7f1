import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { overlapOf, readImageList } from '../../src/dataset/overlap.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const named = (...names: string[]) =>
  names.map((name) => ({ name, patient: name.slice(0, name.lastIndexOf('_')) }));

describe('overlapOf', () => {
  test('finds patients that share no image, each once', () => {
    expect(overlapOf(named('a_0.png', 'a_1.png', 'b_0.png'), named('a_2.png', 'b_0.png', 'c_0.png'))).toEqual(
      {
        images: ['b_0.png'],
        patients: ['a', 'b'],
      },
    );
    expect(overlapOf(named('a_0.png'), named('b_0.png'))).toEqual({ images: [], patients: [] });
  });
});

describe('readImageList', () => {
  test("reads NIH's lists and the first column of a CSV, whatever ends the lines", () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'list.txt');
      const expected = named('00000001_000.png', '00000002_003.png');
      for (const text of [
        '00000001_000.png\n00000002_003.png',
        '\uFEFFimage_name,label\r\n00000001_000.png,Mass\r\n00000002_003.png,No Finding\r\n',
        '\n 00000001_000.png \n\n../../etc/passwd\n00000002_003.png\n',
      ]) {
        await writeFile(path, text);
        expect(await readImageList(path)).toEqual(expected);
      }
    }));

  test('a file without names, or none at all, is one clear error', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'list.txt');
      await writeFile(path, 'nothing\nuseful\n');
      for (const each of [path, join(folder, 'absent.txt')]) {
        await expect(readImageList(each)).rejects.toMatchObject({
          code: 'BAD_LIST',
          message: expect.stringContaining(each),
          remedy: expect.stringContaining('one image name a line'),
        });
      }
    }));
});
