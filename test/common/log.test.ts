import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { hideSecret, Log } from '../../src/common/log.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const now = () => new Date('2026-11-22T10:14:56.123Z');

function collect(level: 'TRACE' | 'INFO' | 'ERROR'): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: new Log({ level, write: (line) => void lines.push(line), now }), lines };
}

test('a line has the time, the level and the message, as Bittensor writes them', () => {
  const { log, lines } = collect('INFO');
  log.info('trained');
  log.success('published');
  expect(lines).toEqual([
    '2026-11-22 10:14:56.123 | INFO    | trained\n',
    '2026-11-22 10:14:56.123 | SUCCESS | published\n',
  ]);
});

test('levels below the chosen one are silent', () => {
  const { log, lines } = collect('ERROR');
  log.trace('a');
  log.debug('b');
  log.info('c');
  log.warning('d');
  log.error('e');
  expect(lines).toHaveLength(1);
});

test('tokens and hidden secrets never reach a line', () => {
  hideSecret('correct horse');
  const { log, lines } = collect('INFO');
  log.info('Bearer hf_abcdefghijkl and correct horse');
  expect(lines[0]).toContain('Bearer hf_[hidden] and [hidden]');
});

test("a stranger's text cannot forge a line or drive the terminal", () => {
  const { log, lines } = collect('INFO');
  log.info('repo a\n2026 | ERROR | forged \u001b[31m \u202e');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(lines[0]).not.toMatch(/\p{Cf}|\p{Cc}(?!$)/u);
});

test('the file gets the same lines without colour', () =>
  inTemporaryFolder(async (folder) => {
    const lines: string[] = [];
    const log = new Log({
      level: 'INFO',
      directory: join(folder, 'logs'),
      name: 'miner',
      colour: true,
      write: (line) => void lines.push(line),
      now,
    });
    log.info('x');
    expect(lines[0]).toContain('\u001b[');
    expect(await readFile(join(folder, 'logs', 'miner.log'), 'utf8')).toBe(
      '2026-11-22 10:14:56.123 | INFO    | x\n',
    );
  }));

test('a file that cannot be written is told of once, and written again when it can be', () =>
  inTemporaryFolder(async (folder) => {
    const lines: string[] = [];
    const log = new Log({
      level: 'INFO',
      directory: folder,
      name: 'full',
      write: (line) => void lines.push(line),
    });
    await mkdir(join(folder, 'full.log'));
    log.info('one');
    log.info('two');
    expect(lines.map((line) => /\| (.*?) *\|/.exec(line)?.[1])).toEqual(['INFO', 'ERROR', 'INFO']);
    expect(lines[1]).toContain('full.log cannot be written');
    await rm(join(folder, 'full.log'), { recursive: true });
    log.info('three');
    expect(await readFile(join(folder, 'full.log'), 'utf8')).toMatch(/three\n$/);
  }));
