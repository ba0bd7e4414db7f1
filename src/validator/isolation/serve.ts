import { Socket } from 'node:net';
import { type CallControl, type Device, openDevice } from '../../engine/index.js';
import { errorMessage, MOST_DETAIL, type WorkerMessage } from './answers.js';
import type { Greeting, Task, TaskMessage, TaskName, TaskVerdict } from './tasks.js';
import { CHANNEL, encodeFrame, FrameReader } from './wire.js';

/** Indices of every image of a very large data set. */
const MOST_TASK_BYTES = 256 * 1024 * 1024;

/** How a worker does each task. */
export type Handlers = {
  [N in TaskName]: (
    task: Task<N>,
    device: Device,
    control: Pick<CallControl, 'onProgress'>,
  ) => Promise<TaskVerdict<N>>;
};

/** Answers the validator until its end of the pipe closes, and then ends this process. */
export function serve(handlers: Handlers): void {
  const channel = new Socket({ fd: CHANNEL, readable: true, writable: true });
  const send = (message: WorkerMessage) => channel.write(encodeFrame(message));
  // Not process.exit, which waits for the engine's thread.
  const end = () => process.kill(process.pid, 'SIGKILL');
  channel.once('close', end);
  channel.once('error', end);
  const reader = new FrameReader();
  reader.mostBytes = MOST_TASK_BYTES;
  let device: Promise<Device> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  channel.on('data', (chunk: Buffer) => {
    for (const frame of reader.read(chunk)) {
      const answer =
        device === undefined
          ? (device = open(frame as Greeting)).then((): WorkerMessage => ({ kind: 'ready' }))
          : Promise.all([device, last]).then(([opened]) => perform(frame as TaskMessage, opened));
      last = answer.catch(errorMessage).then(send);
    }
  });

  async function perform<N extends TaskName>(
    { name, task }: TaskMessage<N>,
    opened: Device,
  ): Promise<WorkerMessage> {
    const verdict = await handlers[name](task, opened, {
      onProgress: (progress) => send({ kind: 'progress', progress }),
    });
    if (verdict.ok) return { kind: 'verdict', verdict };
    // It may quote the file.
    return { kind: 'verdict', verdict: { ...verdict, detail: verdict.detail.slice(0, MOST_DETAIL) } };
  }
}

function open({ device: { kind, threads, indices } }: Greeting): Promise<Device> {
  return openDevice(kind === 'cpu' ? { kind: 'cpu', threads } : { kind: 'gpu', indices });
}
