import { expect, test } from '@jest/globals';
import { Log } from '../../src/common/log.js';
import { progressBar } from '../../src/common/progress-bar.js';

function stage(isTTY: boolean) {
  const drawn: string[] = [];
  const logged: string[] = [];
  let time = 0;
  const log = new Log({ level: 'INFO', write: (line) => void logged.push(line.slice(26).trimEnd()) });
  const write = (text: string | Uint8Array) => drawn.push(String(text)) > 0;
  const bar = progressBar('decoding', log, { out: { isTTY, write }, now: () => time });
  return { bar, drawn, logged, at: (ms: number) => (time = ms) };
}

test('on a terminal the bar is redrawn in place, with the time that is left', () => {
  const { bar, drawn, logged, at } = stage(true);
  at(1000);
  bar.report(25, 100);
  at(1050);
  bar.report(26, 100); // too soon to draw again
  at(4000);
  bar.report(100, 100);
  bar.end();
  expect(drawn).toEqual([
    '\r\u001b[Kdecoding [######..................] 25/100 (25 %, 3 s left)',
    '\r\u001b[Kdecoding [########################] 100/100 (100 %)',
    '\n',
  ]);
  expect(logged).toEqual([]);
});

test('elsewhere it is a log line every five seconds, and quick work says nothing', () => {
  const { bar, drawn, logged, at } = stage(false);
  at(4000);
  bar.report(40, 100);
  at(5000);
  bar.report(50, 100);
  at(6000);
  bar.report(60, 100);
  bar.report(100, 100);
  bar.end();
  expect(drawn).toEqual([]);
  expect(logged).toEqual([
    'INFO    | decoding: 50/100 (50 %, 5 s left)',
    'INFO    | decoding: 100/100 (100 %)',
  ]);

  const quick = stage(false);
  quick.at(900);
  quick.bar.report(100, 100);
  quick.bar.end();
  expect(quick.logged).toEqual([]);
});
