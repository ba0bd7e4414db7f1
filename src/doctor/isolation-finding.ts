import { type DeviceRequest, openDevice, openSandbox } from '../engine/index.js';
import { failed, type Finding, ok, warning } from './finding.js';

const ENOUGH_TO_START = 2 ** 30;

/** What the processes that open strangers' models are kept from on this system. */
export async function isolationFinding(request: DeviceRequest): Promise<Finding> {
  return { ...(await look(request)), role: 'validator' };
}

async function look(request: DeviceRequest): Promise<Finding> {
  try {
    const device = await openDevice(request);
    const sandbox = await openSandbox({ device, readable: [], memoryBytes: ENOUGH_TO_START });
    const { protections, missing } = sandbox;
    if (missing.length === 0) return ok('isolation', `models are evaluated with ${protections.join(', ')}`);
    const text = `models are evaluated in processes that are not fully isolated: ${missing.join('; ')}`;
    return warning(
      'isolation',
      text,
      'Use Linux 5.13 or later with Landlock and seccomp, and a container that allows them.',
    );
  } catch (error) {
    return failed('isolation', error);
  }
}
