import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Flight, outcomeOf, SubmissionJournal } from '../../src/chain/submission-journal.js';
import { Log } from '../../src/common/log.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const flight = (nonce: number, signer = '5Alice'): Flight => ({
  call: 'commitments.setCommitment',
  signer,
  nonce,
  hash: `0x${String(nonce).padStart(64, '0')}`,
  callHash: `0x${'ab'.repeat(32)}`,
  after: 10,
  until: 42,
  genesis: `0x${'2f'.repeat(32)}`,
  spec: 424,
});
const now = () => new Date('2026-11-22T10:00:00Z');
const linesOf = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the journal of submissions', () => {
  test('has a line for what is sent and one for its outcome', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'not', 'there', 'yet', 'submissions.jsonl');
      const journal = new SubmissionJournal(path, { now });
      journal.sent(flight(7));
      expect(journal.pending).toEqual([flight(7)]);
      journal.outcome(flight(7), { outcome: 'included', block: 12, blockHash: '0x12' });
      expect(journal.pending).toEqual([]);
      expect(await linesOf(path)).toEqual([
        { time: '2026-11-22T10:00:00.000Z', event: 'sent', ...flight(7) },
        {
          time: '2026-11-22T10:00:00.000Z',
          event: 'outcome',
          call: 'commitments.setCommitment',
          signer: '5Alice',
          hash: flight(7).hash,
          outcome: 'included',
          block: 12,
          blockHash: '0x12',
        },
      ]);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }));

  test('tells the next process what has no outcome, the oldest first', () =>
    inTemporaryFolder((folder) => {
      const path = join(folder, 'submissions.jsonl');
      const journal = new SubmissionJournal(path);
      for (const nonce of [1, 2, 3]) journal.sent(flight(nonce));
      journal.outcome(flight(2), { outcome: 'timed-out', name: 'EraEnded' });
      expect(new SubmissionJournal(path).pending).toEqual([flight(1), flight(3)]);
      return Promise.resolve();
    }));

  test('a line that was cut off, and one that is none of ours, harm neither what is before nor what comes after', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'submissions.jsonl');
      new SubmissionJournal(path).sent(flight(1));
      await appendFile(path, '5\nnull\n{"event":"sent","hash":5}\n{"event":"outcome"}\n{"event":"sent","ha');
      const next = new SubmissionJournal(path);
      expect(next.pending).toEqual([flight(1)]);
      next.sent(flight(2));
      expect(new SubmissionJournal(path).pending).toEqual([flight(1), flight(2)]);
    }));

  test('is bounded: a full file takes the place of the one before, and what is pending in it is not forgotten', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'submissions.jsonl');
      const journal = new SubmissionJournal(path, { maxBytes: 2_000 });
      for (let nonce = 0; nonce < 20; nonce++) {
        journal.sent(flight(nonce));
        if (nonce < 19) journal.outcome(flight(nonce), { outcome: 'included' });
      }
      while (journal.pending.length > 0 && (await stat(path)).size < 2_000)
        journal.outcome(flight(0), { outcome: 'included' });
      journal.sent(flight(20)); // begins a new file
      expect((await linesOf(path)).length).toBe(1);
      expect((await stat(`${path}.1`)).size).toBeLessThan(2_500);
      expect(new SubmissionJournal(path).pending).toEqual([flight(19), flight(20)]);
    }));

  test('a file that cannot be written is an error in the log, and nothing more', () =>
    inTemporaryFolder(async (folder) => {
      const lines: string[] = [];
      const path = join(folder, 'submissions.jsonl');
      const log = new Log({ level: 'INFO', write: (line) => void lines.push(line) });
      const journal = new SubmissionJournal(path, { log });
      await mkdir(path);
      journal.sent(flight(1));
      expect(lines.join('')).toMatch(/ERROR.*journal of submissions cannot be written/);
      expect(journal.pending).toEqual([flight(1)]);
    }));

  test('a file that cannot be read is an error at the start', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      expect(() => new SubmissionJournal(join(folder, 'file', 'submissions.jsonl'))).toThrow(
        /EEXIST|ENOTDIR/,
      );
    }));
});

test('a result is written down with what tells it apart', () => {
  expect(outcomeOf({ ok: true, block: 5, blockHash: '0x5', extrinsicHash: '0xe' })).toEqual({
    outcome: 'included',
    block: 5,
    blockHash: '0x5',
  });
  expect(
    outcomeOf({
      ok: false,
      kind: 'failed',
      name: 'X',
      detail: 'y',
      retryable: false,
      block: 5,
      blockHash: '0x5',
    }),
  ).toEqual({ outcome: 'failed', name: 'X', detail: 'y', block: 5, blockHash: '0x5' });
});
