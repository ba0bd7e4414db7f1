import { compactFromU8a } from '@polkadot/util';
import { HealthTensorError } from '../common/errors.js';
import { asHex, asNumber, asRecord } from './json-shape.js';
import { RpcError } from './rpc-errors.js';
import type { RpcSocket } from './rpc-socket.js';
import { Runtime, type RuntimeVersion } from './runtime.js';

/** Newest first: only 15 and 16 describe runtime APIs. */
const METADATA_VERSIONS = [16, 15, 14];

/** The runtime that the node runs now. @throws HealthTensorError NOT_SUBTENSOR when the chain is another. */
export async function fetchRuntime(socket: RpcSocket): Promise<Runtime> {
  let runtime: Runtime;
  try {
    const version = runtimeVersion(await socket.request('state_getRuntimeVersion'));
    runtime = new Runtime(await fetchMetadata(socket), version);
  } catch (error) {
    if (error instanceof HealthTensorError && error.code !== 'CHAIN_BAD_ANSWER') throw error;
    throw notSubtensor(socket.endpoint, 'it does not answer as a Substrate node does', error);
  }
  if (!runtime.hasPallet('subtensorModule')) {
    throw notSubtensor(
      socket.endpoint,
      `its runtime is ${JSON.stringify(runtime.version.specName)} without SubtensorModule`,
    );
  }
  return runtime;
}

/** The versions in an answer of state_getRuntimeVersion. */
export function runtimeVersion(answer: unknown): RuntimeVersion {
  const version = asRecord(answer, 'the runtime version');
  return {
    specName: typeof version['specName'] === 'string' ? version['specName'] : 'unknown',
    specVersion: asNumber(version['specVersion'], 'specVersion'),
    transactionVersion: asNumber(version['transactionVersion'], 'transactionVersion'),
  };
}

async function fetchMetadata(socket: RpcSocket): Promise<string> {
  const offered = await offeredVersions(socket);
  const version = METADATA_VERSIONS.find((each) => offered.includes(each));
  if (version !== undefined && version !== 14) {
    const argument = `0x${Buffer.from(Uint32Array.of(version).buffer).toString('hex')}`;
    const answer = asHex(
      await socket.request('state_call', ['Metadata_metadata_at_version', argument]),
      'metadata',
    );
    const metadata = optionalBytes(Buffer.from(answer.slice(2), 'hex'));
    if (metadata !== undefined) return metadata;
  }
  return asHex(await socket.request('state_getMetadata'), 'metadata');
}

/** A runtime from before the Metadata API's second version does not know the call; that is no failure. */
async function offeredVersions(socket: RpcSocket): Promise<number[]> {
  try {
    const answer = asHex(
      await socket.request('state_call', ['Metadata_metadata_versions', '0x']),
      'metadata versions',
    );
    // SCALE Vec<u32>: one byte of length, as there are fewer than 64 versions, then four bytes each.
    const bytes = Buffer.from(answer.slice(2), 'hex');
    return Array.from({ length: (bytes.length - 1) >> 2 }, (_, index) => bytes.readUInt32LE(1 + 4 * index));
  } catch (error) {
    if (error instanceof RpcError) return [];
    throw error;
  }
}

/** SCALE Option<Vec<u8>>: the bytes as 0x hex. */
function optionalBytes(bytes: Buffer): string | undefined {
  if (bytes.length < 2 || bytes[0] !== 1) return undefined;
  const [lengthBytes] = compactFromU8a(bytes.subarray(1));
  return `0x${bytes.subarray(1 + lengthBytes).toString('hex')}`;
}

function notSubtensor(endpoint: string, reason: string, cause?: unknown): HealthTensorError {
  return new HealthTensorError('NOT_SUBTENSOR', `The chain at ${endpoint} is no subtensor: ${reason}`, {
    remedy: 'Check --subtensor.network and --subtensor.chain_endpoint.',
    cause,
  });
}
