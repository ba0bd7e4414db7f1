import { expect, test } from '@jest/globals';
import { formatLeaderboard } from '../../src/demo/leaderboard.js';
import { parseLogLine, PlainScreen } from '../../src/demo/screen.js';

test('a plain screen writes the seconds, the process and the text of its log line', () => {
  const lines: string[] = [];
  let now = 1000;
  const screen = new PlainScreen(
    (line) => void lines.push(line),
    () => now,
  );
  now = 3500;
  screen.say('starting');
  screen.show('miner-1', '2026-11-22 10:14:56.123 | INFO    | Epoch 1 | train 0.5');
  screen.show('localnet', 'chain  ws://127.0.0.1:1');
  expect(lines).toEqual([
    '   2.5 s  demo       starting\n',
    '   2.5 s  miner-1    Epoch 1 | train 0.5\n',
    '   2.5 s  localnet   chain  ws://127.0.0.1:1\n',
  ]);
});

test('what is no log line is shown as it is', () => {
  expect(parseLogLine('error: no')).toBeUndefined();
});

test('the leaderboard lines up and says what the weights mean', () => {
  const row = { uid: 2, name: 'miner-3', architecture: 'cnn', repo: 'miner-3/x', revision: 'a'.repeat(40) };
  const text = formatLeaderboard({
    images: 181,
    rows: [
      { ...row, loss: 0.159512, meanAuroc: 0.9141, weight: 65_535 },
      { ...row, uid: 10, loss: 0.2, meanAuroc: undefined, weight: 2141 },
    ],
  });
  expect(text).toContain('1     2    miner-3  cnn    miner-3/x @ aaaaaaaaaa  0.15951  0.914  65535');
  expect(text).toContain('2     10   miner-3  cnn    miner-3/x @ aaaaaaaaaa  0.20000  -      2141');
  expect(text).toContain('evaluated on 181 images');
});
