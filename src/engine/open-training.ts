import { HealthTensorError, type Log } from '../common/index.js';
import type { DeviceRequest } from './device-request.js';
import type { Device } from './device.js';
import { follow, type OwnPaths } from './follow.js';
import { optionsText } from './group-orders.js';
import type { Launch } from './launch.js';
import { LocalProcesses } from './local-processes.js';
import { ProcessGroup, type ProcessGroupOptions } from './process-group.js';
import { Trainer, type TrainerOptions } from './trainer.js';

/** How long an answer of another process may take; one that was killed is noticed at once. */
export const GROUP_TIMEOUT_MS = 300_000;

const LOOPBACK = '127.0.0.1';

interface Control {
  log: Log;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

/**
 * As `Trainer.open`, for as many processes as the launch says: starts those of this machine or meets those that a launcher
 * has started, and tells them how to train. For the process that leads. The trainer's `dispose` ends them all.
 * @throws BAD_LAUNCH, GROUP_INCOMPLETE, GROUP_ADDRESS, PEER_LOST, and as `Trainer.open`
 */
export async function openTraining(
  options: TrainerOptions,
  launch: Launch,
  { log, signal, timeoutMs = GROUP_TIMEOUT_MS }: Control,
): Promise<Trainer> {
  const place = placeOf(launch, options.device, timeoutMs);
  if (place.size === 1) return await Trainer.open(options);
  const group = await ProcessGroup.open(place);
  const processes = launch.kind === 'here' ? startOthers(group, place, options.device, log) : undefined;
  if (processes !== undefined) group.onDispose(() => processes.expectEnd());
  try {
    const device = shareOfDevice(options.device, launch, place);
    const signals = [signal, processes?.failed].filter((one) => one !== undefined);
    await group.join(device, AbortSignal.any(signals));
    await group.send(optionsText(options));
    return await Trainer.open({ ...options, device, group });
  } catch (error) {
    processes?.kill();
    group.dispose();
    throw error;
  }
}

/**
 * Trains along in a process that a launcher has started and that does not lead, until the leader ends the work.
 * @throws GROUP_INCOMPLETE, PEER_LOST, GROUP_MISMATCH, the signal's reason
 */
export async function followTraining(
  launch: Launch,
  {
    device,
    signal,
    timeoutMs = GROUP_TIMEOUT_MS,
    ...own
  }: OwnPaths & { device: Device; signal?: AbortSignal | undefined; timeoutMs?: number },
): Promise<void> {
  const place = placeOf(launch, device, timeoutMs);
  const share = shareOfDevice(device, launch, place);
  const group = await ProcessGroup.open(place);
  try {
    await group.join(share, signal);
    await follow(group, { device: share, own, signal });
  } finally {
    group.dispose();
  }
}

function placeOf(launch: Launch, device: Device, timeoutMs: number): ProcessGroupOptions {
  if (launch.kind === 'member') return { ...launch, timeoutMs };
  const size = launch.processes ?? Math.max(1, device.indices.length);
  return { rank: 0, size, masterAddress: LOOPBACK, masterPort: 0, timeoutMs };
}

/** What one process of this machine works on: a GPU of its own, or its share of the CPU's threads. */
function shareOfDevice(device: Device, launch: Launch, { rank, size }: ProcessGroupOptions): Device {
  if (device.kind === 'cuda') {
    const local = launch.kind === 'here' ? rank : launch.localRank;
    const index = device.indices[local];
    if (index === undefined) {
      throw new HealthTensorError(
        'BAD_LAUNCH',
        `Expected a GPU for each process but process ${rank} has none: the device has ${device.indices.length}`,
        { remedy: 'name as many GPUs as there are processes, e.g. --device gpu:0,1 --nproc 2' },
      );
    }
    return { ...device, indices: [index] };
  }
  // A launcher's processes are told their threads, by --device cpu:<threads> or OMP_NUM_THREADS.
  if (launch.kind === 'member') return device;
  return { ...device, threads: Math.max(1, Math.floor(device.threads / size)) };
}

function startOthers(
  group: ProcessGroup,
  place: ProcessGroupOptions,
  device: Device,
  log: Log,
): LocalProcesses {
  const tasks = Array.from({ length: place.size - 1 }, (_, i) => {
    const own = { ...place, rank: i + 1, masterPort: group.port };
    return { group: own, device: requestOf(shareOfDevice(device, { kind: 'here' }, own)) };
  });
  return new LocalProcesses(tasks, log);
}

/** What a process asks for to get this device. */
function requestOf(device: Device): DeviceRequest {
  return device.kind === 'cuda'
    ? { kind: 'gpu', indices: device.indices }
    : { kind: 'cpu', threads: device.threads };
}
