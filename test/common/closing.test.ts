import { expect, test } from '@jest/globals';
import { Closing } from '../../src/common/closing.js';
import { Log } from '../../src/common/log.js';

test('everything is closed, the last opened first, also when one cannot be, and that is said', async () => {
  const closed: string[] = [];
  const lines: string[] = [];
  const closing = new Closing();
  closing.add(() => void closed.push('first'));
  closing.add(() => Promise.reject(new Error('stuck')));
  closing.add(() => void closed.push('third'));
  const log = new Log({ level: 'ERROR', write: (line) => void lines.push(line) });
  await closing.closeAll(log);
  await closing.closeAll(log);
  expect(closed).toEqual(['third', 'first']);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('stuck');
});
