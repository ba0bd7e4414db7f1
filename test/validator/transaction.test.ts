import { join } from 'node:path';
import Database from 'libsql';
import { expect, test } from '@jest/globals';
import { inTransaction } from '../../src/validator/transaction.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

test('a transaction that finds no room fails for that reason, changes nothing, and the next one goes on', () =>
  inTemporaryFolder(async (folder) => {
    const database = new Database(join(folder, 'some.sqlite'));
    try {
      database.exec('CREATE TABLE numbers (n INTEGER, text TEXT)');
      const insert = database.prepare('INSERT INTO numbers VALUES (?, ?)');
      const count = () => (database.prepare('SELECT count(*) AS n FROM numbers').get() as { n: number }).n;
      inTransaction(database, () => insert.run(1, ''));
      database.exec('PRAGMA max_page_count = 20'); // as a full disk
      const fill = () => {
        for (let n = 0; n < 100; n++) insert.run(n, 'x'.repeat(4000));
      };
      expect(() => inTransaction(database, fill)).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
      expect(count()).toBe(1);
      inTransaction(database, () => insert.run(2, ''));
      expect(count()).toBe(2);
    } finally {
      await Promise.resolve(database.close());
    }
  }));

test('a transaction whose work fails is undone', () =>
  inTemporaryFolder(async (folder) => {
    const database = new Database(join(folder, 'some.sqlite'));
    try {
      database.exec('CREATE TABLE numbers (n INTEGER)');
      const work = () => {
        database.exec('INSERT INTO numbers VALUES (1)');
        throw new Error('no');
      };
      expect(() => inTransaction(database, work)).toThrow('no');
      expect(database.prepare('SELECT * FROM numbers').all()).toEqual([]);
    } finally {
      await Promise.resolve(database.close());
    }
  }));
