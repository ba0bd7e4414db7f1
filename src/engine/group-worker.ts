import { createInterface } from 'node:readline';
import { messageOf } from '../common/index.js';
import type { DeviceRequest } from './device-request.js';
import { openDevice } from './device.js';
import { follow } from './follow.js';
import { ProcessGroup, type ProcessGroupOptions } from './process-group.js';

// A process of a local group (see local-processes.ts): told on standard input which one it is, it trains along until
// process 0 ends the work. It knows no wallet and no token.

/** The one line that the worker reads. */
export interface WorkerTask {
  group: ProcessGroupOptions;
  device: DeviceRequest;
}

async function work(task: WorkerTask): Promise<void> {
  const device = await openDevice(task.device);
  const group = await ProcessGroup.open(task.group);
  try {
    await group.join(device);
    await follow(group, { device });
  } finally {
    group.dispose();
  }
}

const lines = createInterface({ input: process.stdin });
// Standard input ends when the parent does, however it ended. Not process.exit, which waits for the engine's thread.
const endWithParent = () => process.kill(process.pid, 'SIGKILL');
lines.once('close', endWithParent);
lines.once('line', (line) => {
  work(JSON.parse(line) as WorkerTask)
    .catch((error: unknown) => {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exitCode = 1;
    })
    .finally(() => {
      lines.off('close', endWithParent);
      process.stdin.destroy();
    });
});
