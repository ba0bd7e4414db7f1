import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseReport, readReport, readReports } from '../../../src/validator/answers/read-reports.js';
import { type SignedReport, signReport } from '../../../src/validator/answers/signature.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { pairOf, reportOf, resultOf } from './report-fixture.js';

async function signed(block: number): Promise<SignedReport> {
  const report = await reportOf({ block, results: [await resultOf('Bob', 1)] });
  return signReport(report, await pairOf('Alice'));
}

const written = (text: string, body: (path: string) => Promise<void>) =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'reports');
    await writeFile(path, text);
    await body(path);
  });

describe('reading reports', () => {
  test('takes the newest first, and passes over lines that a crash cut off', async () => {
    const lines = (await Promise.all([10, 20, 30].map(signed))).map((one) => JSON.stringify(one));
    await written(`${lines[0]}\n${lines[1]}\n${lines[1]?.slice(0, 90)}\n${lines[2]}\n`, async (path) => {
      expect((await readReports(path, { limit: 10 })).map(({ block }) => block)).toEqual([30, 20, 10]);
      expect((await readReports(path, { limit: 2 })).map(({ block }) => block)).toEqual([30, 20]);
      expect((await readReport(path)).block).toBe(30);
      expect((await readReport(path, 20)).block).toBe(20);
      await expect(readReport(path, 40)).rejects.toMatchObject({ code: 'ROUND_UNKNOWN' });
    });
  });

  test('reads lines that are longer than what is read at a time, with letters of several bytes', async () => {
    const long = { ...(await signed(10)), note: 'Röntgen '.repeat(400_000) };
    await written(`${JSON.stringify(await signed(5))}\n${JSON.stringify(long)}\n`, async (path) => {
      const [newest, older] = (await readReports(path, { limit: 2 })) as (SignedReport & { note?: string })[];
      expect(newest?.note).toBe(long.note);
      expect(older?.block).toBe(5);
    });
  });

  test('takes one report that somebody wrote on several lines', async () => {
    await written(JSON.stringify(await signed(10), undefined, 2), async (path) => {
      expect((await readReport(path)).block).toBe(10);
    });
  });

  test('says that a file is missing, empty or something else', async () => {
    await written('', async (path) => {
      await expect(readReport(path)).rejects.toMatchObject({ code: 'ROUND_UNKNOWN' });
      await expect(readReport(`${path}.none`)).rejects.toMatchObject({ code: 'REPORT_UNREADABLE' });
    });
    await written('{"version":2}\n', async (path) => {
      await expect(readReport(path)).rejects.toMatchObject({
        code: 'BAD_REPORT',
        message: expect.stringContaining('it has no netuid'),
      });
    });
  });

  test.each<[string, (report: Record<string, unknown>) => void, string]>([
    ['of another version', (report) => (report['version'] = 1), 'version 1'],
    ['without results', (report) => delete report['results'], 'it has no results'],
    ['with results that are no list', (report) => (report['results'] = {}), 'results is no list'],
    ['with a result that is null', (report) => (report['results'] = [null]), 'results[0] is no object'],
    [
      'with a uid that is a text',
      (report) => Object.assign((report['results'] as object[])[0] as object, { uid: '1' }),
      'results[0].uid is no whole number',
    ],
    [
      'with a loss beyond all numbers',
      (report) => Object.assign((report['results'] as object[])[0] as object, { loss: Infinity }),
      'results[0].loss is no number',
    ],
    ['with rules that are a text', (report) => (report['rules'] = 'none'), 'rules is no object'],
    [
      'with evidence in it that is no fact',
      (report) => Object.assign((report['results'] as object[])[0] as object, { evidence: { a: {} } }),
      'results[0].evidence holds no facts',
    ],
    ['without a signature', (report) => delete report['signature'], 'it has no signature'],
  ])('refuses a report %s', async (_, spoil, fault) => {
    const report = structuredClone(await signed(10)) as unknown as Record<string, unknown>;
    spoil(report);
    // Infinity has no JSON: 1e999 is what becomes it.
    const text = JSON.stringify(report, (_key, value: unknown) =>
      value === Infinity ? 'INF' : value,
    ).replace('"INF"', '1e999');
    expect(parseReport(text)).toContain(fault);
  });

  test.each(['null', '[]', '3', '"text"', '{"__proto__":{"version":2}}', '{'])('refuses %s', (text) => {
    expect(typeof parseReport(text)).toBe('string');
  });
});
