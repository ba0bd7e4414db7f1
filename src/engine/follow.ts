import { HealthTensorError } from '../common/index.js';
import type { Device } from './device.js';
import { optionsOf, orderOf } from './group-orders.js';
import type { ProcessGroup } from './process-group.js';
import { Trainer } from './trainer.js';

// Ends of an order that rank 0 comes to as well, which then decides how to go on.
const SHARED_ENDS: ReadonlySet<string> = new Set(['PEER_STOPPED', 'NOT_FINITE']);

/** Where this machine has what the trainer's options name on process 0's. */
export interface OwnPaths {
  /** The pixel cache of the same data set. */
  cachePath: string;
  /** An existing folder for the features of a frozen backbone. */
  featureCache?: string;
}

/**
 * Trains along in a group that has been joined, as rank 0 says, until that ends the work.
 * @throws PEER_LOST when another process is gone, the signal's reason, or what went wrong here
 */
export async function follow(
  group: ProcessGroup,
  { device, own, signal }: { device: Device; own?: OwnPaths | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const first = await group.receive(signal);
  if (first === undefined) return;
  const options = optionsOf(first);
  const trainer = await Trainer.open({
    ...options,
    ...own,
    device,
    resume: false,
    group,
  });
  try {
    for (let text = await group.receive(signal); text !== undefined; text = await group.receive(signal)) {
      await carryOut(trainer, text, signal);
    }
  } finally {
    trainer.dispose();
  }
}

async function carryOut(trainer: Trainer, text: string, signal?: AbortSignal): Promise<void> {
  const order = orderOf(text);
  if (order === undefined) {
    throw new HealthTensorError('GROUP_MISMATCH', `Process 0 gave an unknown order: ${text.slice(0, 40)}`, {
      remedy: 'run the same version of HealthTensor on all machines',
    });
  }
  try {
    if (order.call === 'train') await trainer.trainEpoch({ signal });
    else await trainer.validate({ signal, precision: order.precision });
  } catch (error) {
    if (!(error instanceof HealthTensorError && SHARED_ENDS.has(error.code))) throw error;
  }
}
