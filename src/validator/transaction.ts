import type Database from 'libsql';

/**
 * Does all of `work`, or nothing. Unlike the driver's own, it tells why: SQLite ends a transaction itself when the disk is full, and
 * to roll back what is over fails in turn.
 * @throws what `work` or SQLite throws
 */
export function inTransaction(database: Database.Database, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
